/**
 * Follows the events of one mesh ([HTTP-17]) for as long as it is open: reconnects by itself, resumes behind the last event
 * it has, and says when the server no longer had all of what was missed. Knows nothing of what events mean.
 *
 * States: connecting → live → waiting (the connection was lost; tries again) → connecting …; any → closed.
 */
import { EventParser, type ServerEvent } from "./parse-events.ts";

export type FeedState = "connecting" | "live" | "waiting" | "closed";

export interface EventFeedOptions {
  readonly url: string;
  readonly token: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState: (state: FeedState) => void;
  readonly fetch: typeof fetch;
  /** 0 to 1. */
  readonly random: () => number;
}

const firstDelayMs = 500;
const mostDelayMs = 15_000;
/** The server writes a comment every 15 s: silence for longer is a lost connection. */
const silenceMs = 40_000;

export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #abort = new AbortController();
  #lastId: string | undefined;
  #delayMs = firstDelayMs;
  #state: FeedState = "connecting";
  #wake: (() => void) | undefined;

  constructor(options: EventFeedOptions) {
    this.#options = options;
    void this.#run();
  }

  /** Tries again at once: the page came forward, or the network is back. */
  wake(): void {
    this.#wake?.();
  }

  close(): void {
    this.#setState("closed");
    this.#abort.abort();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        await this.#follow();
      } catch {
        // A lost connection is the ordinary end of one; the reason is nobody's business but the network's.
      }
      if (this.#abort.signal.aborted) return;
      this.#setState("waiting");
      await this.#pause(this.#delayMs * (0.75 + this.#options.random() / 2));
      this.#delayMs = Math.min(this.#delayMs * 2, mostDelayMs);
    }
  }

  async #follow(): Promise<void> {
    const connection = new AbortController();
    const stop = (): void => connection.abort();
    this.#abort.signal.addEventListener("abort", stop, { once: true });
    let silence = setTimeout(stop, silenceMs);
    try {
      const response = await this.#options.fetch(this.#options.url, {
        headers: {
          authorization: `Bearer ${this.#options.token}`,
          ...(this.#lastId === undefined ? {} : { "last-event-id": this.#lastId }),
        },
        cache: "no-store",
        credentials: "omit",
        signal: connection.signal,
      });
      if (!response.ok || response.body === null) throw new Error(`the events were answered ${response.status}`);
      this.#setState("live");
      this.#delayMs = firstDelayMs;
      const parser = new EventParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(stop, silenceMs);
        for (const event of parser.push(value)) {
          if (event.id !== undefined) this.#lastId = event.id;
          this.#options.onEvent(event);
        }
      }
    } finally {
      clearTimeout(silence);
      this.#abort.signal.removeEventListener("abort", stop);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #setState(state: FeedState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#options.onState(state);
  }
}
