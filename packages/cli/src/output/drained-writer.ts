/**
 * Writes to stdout or stderr in order, one text at a time, and tells when the system has taken it, so that nothing is
 * lost at exit [ENV-10]. States: open → closed (the reader went away or the sink failed; later texts are dropped).
 * It never fails and holds no bound of its own: whoever writes much awaits each write.
 */
import type { OutputSink } from "./descriptor-sink.ts";

export class DrainedWriter {
  readonly #sink: OutputSink;
  readonly #closedListeners: (() => void)[] = [];
  #closed = false;
  #pending: Promise<void> = Promise.resolve();

  constructor(sink: OutputSink) {
    this.#sink = sink;
  }

  get closed(): boolean {
    return this.#closed;
  }

  onClosed(listener: () => void): void {
    this.#closedListeners.push(listener);
  }

  /** Resolves when the text has left this process, or when nobody reads any more. */
  write(text: string): Promise<void> {
    if (this.#closed || text === "") return Promise.resolve();
    this.#pending = this.#pending.then(() => this.#send(text));
    return this.#pending;
  }

  /** Resolves when everything written so far has left this process. */
  drain(): Promise<void> {
    return this.#pending;
  }

  /** For a stream that somebody else found closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#closedListeners.splice(0)) listener();
  }

  #send(text: string): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#sink.write(text, (error) => {
        if (error !== undefined && error !== null) this.close();
        resolve();
      });
    });
  }
}
