import type { AgentEvent } from "./agent-event.ts";

type Text = Extract<AgentEvent, { type: "text_delta" | "output_delta" }>;

/**
 * Events on their way to one reader. Bounded for a reader that is slow or never comes: text that waits is joined, so it
 * takes no more room than the answer itself, and of the other events the oldest are dropped and counted.
 */
export class EventQueue implements AsyncIterable<AgentEvent> {
  readonly #maxWaiting: number;
  #waiting: AgentEvent[] = [];
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
      if (this.#waiting.length > this.#maxWaiting) this.#dropOldest();
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
        if (event !== undefined) yield event;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#abandoned = true;
      this.#waiting = [];
    }
  }

  /** Makes room: halves the events that are not text, joins the text around them, and leaves one mark in their place. */
  #dropOldest(): void {
    let excess = Math.ceil(this.#waiting.filter((event) => !isText(event)).length / 2);
    let count = 0;
    const kept: AgentEvent[] = [];
    for (const event of this.#waiting) {
      const last = kept.at(-1);
      if (event.type === "events_dropped") count += event.count;
      else if (isText(event)) {
        if (last?.type === event.type) kept[kept.length - 1] = { type: event.type, text: last.text + event.text };
        else kept.push(event);
      } else if (excess > 0) {
        excess -= 1;
        count += 1;
      } else kept.push(event);
    }
    this.#waiting = [{ type: "events_dropped", count }, ...kept];
  }
}

function isText(event: AgentEvent): event is Text {
  return event.type === "text_delta" || event.type === "output_delta";
}
