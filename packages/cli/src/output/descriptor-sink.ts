import type { Writable } from "node:stream";

/** Where text leaves the process; `done` is called once the system has taken all of it. One write at a time. */
export interface OutputSink {
  write(text: string, done: (error?: Error | null) => void): void;
}

/** A pipe nobody has written to yet takes this much at once on every system, so that a single write cannot block. */
const maxFirstWriteBytes = 4096;

/** The part of `node:fs` this needs; handed in, because importing a built-in module takes start-up time. */
export type DescriptorWriter = Pick<typeof import("node:fs"), "write" | "writeSync">;

/**
 * Writes straight to a file descriptor. Node's own stream for it costs a fifth of the start-up of a short command, and is
 * needed only where the descriptor does not block (EAGAIN): then, and from then on, `fallback` writes. A short first text
 * is written at once, as no other thread is needed for it; all others leave the event loop free, however slow the reader.
 */
export class DescriptorSink implements OutputSink {
  readonly #descriptor: number;
  readonly #fs: DescriptorWriter;
  readonly #fallback: () => Writable;
  #isFirst = true;
  #usesFallback = false;

  constructor(descriptor: number, fs: DescriptorWriter, fallback: () => Writable) {
    this.#descriptor = descriptor;
    this.#fs = fs;
    this.#fallback = fallback;
  }

  write(text: string, done: (error?: Error | null) => void): void {
    const bytes = Buffer.from(text);
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    this.#writeRest(bytes, isFirst && bytes.length <= maxFirstWriteBytes ? this.#writeNow(bytes) : 0, done);
  }

  /** @returns how much was taken; what went wrong is met again, and reported, by the write of the rest */
  #writeNow(bytes: Buffer): number {
    try {
      return this.#fs.writeSync(this.#descriptor, bytes);
    } catch {
      return 0;
    }
  }

  #writeRest(bytes: Buffer, offset: number, done: (error?: Error | null) => void): void {
    if (offset >= bytes.length) {
      done();
      return;
    }
    if (this.#usesFallback) {
      this.#fallback().write(bytes.subarray(offset), done);
      return;
    }
    this.#fs.write(this.#descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error?.code === "EAGAIN") {
        this.#usesFallback = true;
        // Its failures reach `done`; without a listener they would end the process as well.
        this.#fallback().on("error", () => {});
        this.#writeRest(bytes, offset, done);
      } else if (error !== null) {
        done(error);
      } else {
        this.#writeRest(bytes, offset + written, done);
      }
    });
  }
}
