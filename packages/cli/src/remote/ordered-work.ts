/** Writes one after the other, in the order in which they were asked for; the first failure is told and ends the rest. */
export class OrderedWork {
  readonly #failed: (cause: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #waiting: (() => Promise<void>) | undefined;
  #hasFailed = false;

  constructor(failed: (cause: unknown) => void) {
    this.#failed = failed;
  }

  add(work: () => Promise<void>): void {
    this.#waiting = work;
    this.#last = this.#last.then(async () => {
      if (this.#waiting === work) this.#waiting = undefined;
      if (this.#hasFailed) return;
      try {
        await work();
      } catch (cause) {
        this.#hasFailed = true;
        this.#failed(cause);
      }
    });
  }

  /** It has not begun, and nothing was asked for after it. */
  isLast(work: () => Promise<void>): boolean {
    return this.#waiting === work;
  }

  /** Resolves when everything asked for so far is done. */
  drain(): Promise<void> {
    return this.#last;
  }
}
