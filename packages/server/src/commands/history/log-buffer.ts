import type { OutputBlock } from "../execution/output-splitter.ts";

export type OutputStream = "stdout" | "stderr";

/** What stands before each line of a log ([CMDHIST-1]); the second of a pair marks a piece that continues a line. */
export const LOG_MARKERS = {
  stdout: { first: Buffer.from("[stdout] "), next: Buffer.from("[stdout+] ") },
  stderr: { first: Buffer.from("[stderr] "), next: Buffer.from("[stderr+] ") },
} as const;

const NEWLINE = 0x0a;
const FIRST_BYTES = 8 * 1024;
/** What is kept for the next batch after a large one. */
const KEPT_BYTES = 512 * 1024;

/** Lines in the form of the log, collected for one write. */
export class LogBuffer {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(
    { bytes, texts, isContinued }: Pick<OutputBlock, "bytes" | "texts" | "isContinued">,
    stream: OutputStream,
  ): void {
    const { first, next } = LOG_MARKERS[stream];
    this.#reserve(bytes.length + texts.length * first.length + 1);
    let marker = isContinued ? next : first;
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(NEWLINE, at) + 1;
      this.#bytes.set(marker, this.#length);
      bytes.copy(this.#bytes, this.#length + marker.length, at, end);
      this.#length += marker.length + end - at;
      marker = first;
      at = end;
    }
  }

  /** Valid until the next `append`. */
  contents(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.alloc(0);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2, FIRST_BYTES));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
