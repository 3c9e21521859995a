/**
 * How many files are read at once. Reads that somebody waits for go before the counting of large files, of which one at
 * a time is read, so that it never holds more than one of the reader's threads.
 */
const MAX_READS = 64;

export class ReadSlots {
  readonly #waiting: (() => void)[] = [];
  readonly #waitingCounts: (() => void)[] = [];
  #reading = 0;
  #isCounting = false;

  async read<Result>(job: () => Promise<Result>): Promise<Result> {
    if (this.#reading >= MAX_READS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reading++;
    try {
      return await job();
    } finally {
      // The slot goes from hand to hand: nobody can come in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#reading--;
      else next();
    }
  }

  async count<Result>(job: () => Promise<Result>): Promise<Result> {
    if (this.#isCounting) await new Promise<void>((resolve) => this.#waitingCounts.push(resolve));
    else this.#isCounting = true;
    try {
      return await job();
    } finally {
      const next = this.#waitingCounts.shift();
      if (next === undefined) this.#isCounting = false;
      else next();
    }
  }
}
