const MAX_CODE_POINTS = 200;

/** The beginning of a command's output, for lists ([CMDHIST-6]). */
export class OutputPreview {
  #text = "";
  #codePoints = 0;
  #hasMore = false;

  get isFull(): boolean {
    return this.#hasMore;
  }

  /** The next of the output, newlines included. */
  append(text: string): void {
    if (this.#hasMore) return;
    let end = 0;
    while (end < text.length && this.#codePoints < MAX_CODE_POINTS) {
      end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
      this.#codePoints++;
    }
    // A copy: a slice would keep the whole of the text it is of in memory.
    this.#text += Buffer.from(text.slice(0, end)).toString();
    this.#hasMore = end < text.length;
  }

  toString(): string {
    return this.#hasMore ? `${this.#text}...` : this.#text;
  }
}
