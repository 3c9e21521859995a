/** At most so many at once; the others wait in the order they came. */
export class RunSlots {
  readonly #count: number;
  #taken = 0;
  readonly #waiting: Set<() => void> = new Set();

  constructor(count: number) {
    this.#count = count;
  }

  get isFull(): boolean {
    return this.#taken >= this.#count;
  }

  /** How many wait for one. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves with what gives the slot back; calling that again changes nothing.
   * @throws the signal's reason when it is set before there was a slot
   */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.isFull) await this.#wait(signal);
    else this.#taken++;
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      this.#giveBack();
    };
  }

  /** A slot that is given back goes straight to the one that waits longest: it never counts as free between. */
  #giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#taken--;
    else next();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = () => {
        this.#waiting.delete(take);
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.delete(take);
        reject(signal.reason as Error);
      };
      this.#waiting.add(take);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
