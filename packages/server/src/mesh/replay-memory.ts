/**
 * Hellos seen within the last `memoryMs` ([HELLO-4]), in two generations, so that forgetting costs nothing per entry.
 * Bounded: when it is full of entries that may not be forgotten yet, `note` refuses.
 */
export class ReplayMemory {
  readonly #memoryMs: number;
  readonly #maxEntries: number;
  #young = new Set<string>();
  #old = new Set<string>();
  #youngSince = Number.NEGATIVE_INFINITY;

  constructor(options: { memoryMs: number; maxEntries: number }) {
    this.#memoryMs = options.memoryMs;
    this.#maxEntries = options.maxEntries;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  isSeen(key: string, now: number): boolean {
    this.#age(now);
    return this.#young.has(key) || this.#old.has(key);
  }

  /** False when there is no room. */
  note(key: string, now: number): boolean {
    this.#age(now);
    if (this.size >= this.#maxEntries) return false;
    this.#young.add(key);
    return true;
  }

  /** A generation is kept at least `memoryMs` after its last entry. */
  #age(now: number): void {
    const age = now - this.#youngSince;
    if (age < this.#memoryMs) return;
    this.#old = age < 2 * this.#memoryMs ? this.#young : new Set();
    this.#young = new Set();
    this.#youngSince = now;
  }
}
