import type { OutputBuffer } from "./output-buffer.ts";

export interface OutputMatch {
  readonly place: number;
  readonly start: number;
}

const MAX_MATCHES = 10_000;

/** Where a text stands in an output, whatever its case. Looks only at what is new since it looked last. */
export class OutputSearch {
  readonly #wanted: string;
  #matches: OutputMatch[] = [];
  #next = 0;
  #isMore = false;

  constructor(wanted: string) {
    this.#wanted = wanted.toLowerCase();
  }

  get length(): number {
    return this.#wanted.length;
  }

  /** The first ones, in order; `isMore` when there are others. */
  get matches(): readonly OutputMatch[] {
    return this.#matches;
  }

  get isMore(): boolean {
    return this.#isMore;
  }

  update(output: OutputBuffer): void {
    if (this.#wanted === "") return;
    const firstKept = this.#matches.findIndex(({ place }) => place >= output.firstPlace);
    if (firstKept !== 0 && this.#matches.length > 0) {
      this.#matches = firstKept === -1 ? [] : this.#matches.slice(firstKept);
    }
    // The last line may have grown since.
    const from = Math.max(this.#next - 1, output.firstPlace);
    while (this.#matches.at(-1)?.place === from) this.#matches.pop();
    for (let place = from; place < output.endPlace && this.#matches.length < MAX_MATCHES; place += 1) {
      this.#look(output, place);
      this.#next = place + 1;
    }
    this.#isMore = this.#matches.length >= MAX_MATCHES;
  }

  #look(output: OutputBuffer, place: number): void {
    const line = output.at(place);
    if (line?.kind !== "line") return;
    const lower = line.text.toLowerCase();
    // Where a letter's small form is longer, places would not be those of the text any more.
    const text = lower.length === line.text.length ? lower : line.text;
    for (
      let start = text.indexOf(this.#wanted);
      start !== -1;
      start = text.indexOf(this.#wanted, start + this.length)
    ) {
      this.#matches.push({ place, start });
      if (this.#matches.length >= MAX_MATCHES) return;
    }
  }
}
