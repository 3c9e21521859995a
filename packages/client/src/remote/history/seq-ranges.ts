export interface SeqRange {
  readonly first: number;
  readonly last: number;
}

/** Which numbers are covered, as disjoint ranges in order that do not touch. Adding at the end costs nothing. */
export class SeqRanges {
  #ranges: SeqRange[] = [];

  get list(): readonly SeqRange[] {
    return this.#ranges;
  }

  has(seq: number): boolean {
    const ranges = this.#ranges;
    let low = 0;
    let high = ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const range = ranges[middle];
      if (range === undefined || seq < range.first) high = middle - 1;
      else if (seq > range.last) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** Covers `first` to `last`, both included. */
  add(first: number, last: number): void {
    const end = this.#ranges.at(-1);
    if (end === undefined || first > end.last + 1) {
      this.#ranges.push({ first, last });
      return;
    }
    if (first === end.last + 1) {
      this.#ranges[this.#ranges.length - 1] = { first: end.first, last };
      return;
    }
    const before = this.#ranges.filter((range) => range.last + 1 < first);
    const after = this.#ranges.filter((range) => range.first > last + 1);
    const touched = this.#ranges.slice(before.length, this.#ranges.length - after.length);
    const joined = {
      first: Math.min(first, touched[0]?.first ?? first),
      last: Math.max(last, touched.at(-1)?.last ?? last),
    };
    this.#ranges = [...before, joined, ...after];
  }

  /** Forgets everything below `seq`. */
  dropBelow(seq: number): void {
    this.#ranges = this.#ranges.flatMap((range) =>
      range.last < seq ? [] : [range.first >= seq ? range : { first: seq, last: range.last }],
    );
  }

  clear(): void {
    this.#ranges = [];
  }
}
