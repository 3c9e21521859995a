import type { AgentEvent } from "./agent-event.ts";

type Text = Extract<AgentEvent, { type: "text_delta" | "output_delta" }>;

/** What a log or a person would miss. All of them together are no larger than the conversation, and questions are few. */
const kept: ReadonlySet<AgentEvent["type"]> = new Set([
  "text_delta",
  "output_delta",
  "message",
  "prompt_seen",
  "permission_question",
  "events_dropped",
]);

/**
 * Events on their way to one reader. Bounded for a reader that is slow or never comes: text that waits is joined, so it
 * takes no more room than the answer itself; what a log is made of is kept; of the other events the oldest are dropped and
 * counted.
 */
export class EventQueue implements AsyncIterable<AgentEvent> {
  readonly #maxWaiting: number;
  #waiting: AgentEvent[] = [];
  /** How many of those waiting may be dropped. */
  #droppable = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #abandoned = false;

  constructor(maxWaiting = 1000) {
    this.#maxWaiting = maxWaiting;
  }

  push(event: AgentEvent): void {
    if (this.#ended || this.#abandoned) return;
    const last = this.#waiting.at(-1);
    if (isText(event) && last?.type === event.type) {
      this.#waiting[this.#waiting.length - 1] = { type: event.type, text: last.text + event.text };
    } else {
      this.#waiting.push(event);
      if (isDroppable(event)) this.#droppable += 1;
      if (this.#droppable > this.#maxWaiting) this.#dropOldest();
    }
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AgentEvent, void, void> {
    try {
      for (;;) {
        const event = this.#waiting.shift();
        if (event !== undefined) {
          if (isDroppable(event)) this.#droppable -= 1;
          yield event;
        } else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#abandoned = true;
      this.#waiting = [];
    }
  }

  /** Makes room: halves the events that may be dropped, joins the text around them, and leaves one mark in their place. */
  #dropOldest(): void {
    let excess = Math.ceil(this.#droppable / 2);
    let count = 0;
    const remaining: AgentEvent[] = [];
    for (const event of this.#waiting) {
      const last = remaining.at(-1);
      if (event.type === "events_dropped") count += event.count;
      else if (isDroppable(event) && excess > 0) {
        excess -= 1;
        count += 1;
      } else if (isText(event) && last?.type === event.type) {
        remaining[remaining.length - 1] = { type: event.type, text: last.text + event.text };
      } else remaining.push(event);
    }
    this.#waiting = [{ type: "events_dropped", count }, ...remaining];
    this.#droppable = remaining.filter(isDroppable).length;
  }
}

function isText(event: AgentEvent): event is Text {
  return event.type === "text_delta" || event.type === "output_delta";
}

function isDroppable(event: AgentEvent): boolean {
  return !kept.has(event.type);
}
