/**
 * The events of one streaming command [STR-4..6]: numbers them, writes each as one whole line, waits for the reader.
 * States: open → ended (`end` gives the last line's number; later events are dropped). At most `maxWaitingEvents` may
 * wait at once; a command that does not await its events fails instead of losing them or filling memory.
 */
import type { StreamPosition } from "./envelope.ts";
import type { StreamEvent, TextOutput } from "./context.ts";

export const maxWaitingEvents = 1024;

export type EventText = (event: StreamEvent) => TextOutput;

export interface EventStreamOptions {
  /** Writes one line at `position`; resolves when the reader took it. */
  readonly write: (event: StreamEvent, position: StreamPosition, text: EventText | undefined) => Promise<void>;
  /** Silence after which a `heartbeat` is written; undefined for none (text mode). */
  readonly heartbeatMs: number | undefined;
}

export class EventStream {
  readonly #options: EventStreamOptions;
  #lastSeq = 0;
  #waiting = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#restartHeartbeat();
  }

  async emit(event: StreamEvent, text?: EventText): Promise<void> {
    if (this.#ended) return;
    if (this.#waiting >= maxWaitingEvents) {
      throw new Error(`${maxWaitingEvents} events wait for the reader of stdout; the command must await each one`);
    }
    this.#lastSeq += 1;
    this.#waiting += 1;
    this.#restartHeartbeat();
    try {
      await this.#options.write(event, { seq: this.#lastSeq, type: event.type, final: false }, text);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Place of the last line; no event follows it. May be asked again when that line could not be written. */
  end(type: "result" | "error"): StreamPosition {
    this.#ended = true;
    clearTimeout(this.#timer);
    return { seq: this.#lastSeq + 1, type, final: true };
  }

  #restartHeartbeat(): void {
    if (this.#options.heartbeatMs === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#beat(), this.#options.heartbeatMs);
  }

  /** A reader that is behind sees no silence, and gets no heartbeat either. */
  async #beat(): Promise<void> {
    if (this.#waiting > 0) this.#restartHeartbeat();
    else await this.emit({ type: "heartbeat" });
  }
}
