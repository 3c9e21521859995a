import { StringDecoder } from "node:string_decoder";

/** Cuts a byte stream into lines. A line over the limit is thrown away as a whole and counted; the next one is fine again. */
export class LineSplitter {
  readonly #maxChars: number;
  readonly #decoder = new StringDecoder("utf8");
  #parts: string[] = [];
  #length = 0;
  /** Lines thrown away. */
  oversized = 0;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  push(chunk: Buffer): string[] {
    const pieces = this.#decoder.write(chunk).split("\n");
    const lines: string[] = [];
    for (const [index, piece] of pieces.entries()) {
      this.#length += piece.length;
      if (this.#length <= this.#maxChars) this.#parts.push(piece);
      else this.#parts = [];
      if (index === pieces.length - 1) break;
      if (this.#length <= this.#maxChars) lines.push(this.#parts.join("").replace(/\r$/, ""));
      else this.oversized += 1;
      this.#parts = [];
      this.#length = 0;
    }
    return lines;
  }
}
