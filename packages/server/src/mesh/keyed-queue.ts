import { WireError } from "@parlatory/protocol";

/** Runs jobs of one key one after another, in the order they came; jobs of different keys run side by side. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #maxWaiting: number;
  #waiting = 0;

  constructor(maxWaiting = 10_000) {
    this.#maxWaiting = maxWaiting;
  }

  /** Raises `rate_limited` when as many jobs wait as the queue holds. */
  run<Result>(key: string, job: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#maxWaiting) {
      return Promise.reject(
        new WireError("rate_limited", "too many writes are waiting; try again", { retryAfterMs: 1_000 }),
      );
    }
    this.#waiting++;
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(job);
    const tail: Promise<void> = result.then(
      () => this.#done(key, tail),
      () => this.#done(key, tail),
    );
    this.#tails.set(key, tail);
    return result;
  }

  #done(key: string, tail: Promise<void>): void {
    this.#waiting--;
    if (this.#tails.get(key) === tail) this.#tails.delete(key);
  }
}
