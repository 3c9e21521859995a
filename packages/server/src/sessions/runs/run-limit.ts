import type { Clock, Scheduler } from "../../ports.ts";

/** The longest time a run may take ([PROMPT-19]); stands still while a person is waited for ([APPROVE-6]). */
export class RunLimit {
  readonly #time: { readonly clock: Clock; readonly scheduler: Scheduler };
  readonly #onReached: () => void;
  #leftMs: number;
  #startedAt: number | undefined;
  #cancel: () => void = () => undefined;
  #isOver = false;

  constructor(time: { clock: Clock; scheduler: Scheduler }, limitMs: number, onReached: () => void) {
    this.#time = time;
    this.#leftMs = limitMs;
    this.#onReached = onReached;
  }

  /** Begins, or goes on after `pause`. */
  go(): void {
    if (this.#isOver || this.#startedAt !== undefined) return;
    this.#startedAt = this.#time.clock.now();
    this.#cancel = this.#time.scheduler.after(Math.max(0, this.#leftMs), () => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#onReached();
    });
  }

  pause(): void {
    if (this.#startedAt === undefined) return;
    this.#leftMs -= this.#time.clock.now() - this.#startedAt;
    this.#startedAt = undefined;
    this.#cancel();
  }

  end(): void {
    this.#isOver = true;
    this.#cancel();
  }
}
