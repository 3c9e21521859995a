/**
 * Reads lines from stdin one at a time, and never more of a terminal than it was asked for, so that what is typed ahead
 * stays for the program started next. A pipe gives what it has: `release` hands back what was read too far.
 * States: idle (paused) -> waiting (one `next`) -> idle … | ended | released. It must not know what the lines mean.
 */
import type { Readable } from "node:stream";

/** A line without an end is cut here; nobody answers a question at such length. */
const maxLineBytes = 1024 * 1024;

export class LineReader {
  readonly #input: Readable;
  #rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #ended = false;
  #waiting: { settle: (line: string | undefined) => void; fail: (error: unknown) => void } | undefined;
  readonly #onData = (chunk: Buffer | string): void => {
    this.#rest = Buffer.concat([this.#rest, Buffer.from(chunk)]);
    this.#answer();
  };
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#answer();
  };

  constructor(input: Readable) {
    this.#input = input;
    input.pause();
    input.on("data", this.#onData).on("end", this.#onEnd).on("close", this.#onEnd).on("error", this.#onEnd);
    input.pause();
  }

  /** The next line without its end, or undefined when the input ended. Rejects with the signal's reason. One call at a time. */
  next(signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#waiting?.fail(signal.reason);
      const done = (): void => {
        this.#waiting = undefined;
        this.#input.pause();
        signal.removeEventListener("abort", onAbort);
      };
      signal.addEventListener("abort", onAbort);
      this.#waiting = {
        settle: (line) => {
          done();
          resolve(line);
        },
        fail: (error) => {
          done();
          reject(error instanceof Error ? error : new Error("ended", { cause: error }));
        },
      };
      this.#answer();
      if (this.#waiting !== undefined) this.#input.resume();
    });
  }

  /** Lets go of the input, paused; answers what was read and not asked for, and whether the input had ended. */
  release(): { readonly rest: Buffer<ArrayBufferLike>; readonly ended: boolean } {
    this.#input.pause();
    this.#input.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onEnd).off("error", this.#onEnd);
    return { rest: this.#rest, ended: this.#ended };
  }

  #answer(): void {
    if (this.#waiting === undefined) return;
    const end = this.#rest.indexOf(0x0a);
    if (end >= 0 || this.#rest.length > maxLineBytes) {
      const cut = end >= 0 ? end : maxLineBytes;
      const line = this.#rest.subarray(0, cut).toString("utf8");
      this.#rest = this.#rest.subarray(end >= 0 ? end + 1 : cut);
      this.#waiting.settle(line.endsWith("\r") ? line.slice(0, -1) : line);
    } else if (this.#ended) {
      const last = this.#rest.length === 0 ? undefined : this.#rest.toString("utf8");
      this.#rest = Buffer.alloc(0);
      this.#waiting.settle(last);
    }
  }
}
