import type { Clock, Timer } from "../../src/platform.ts";

interface Due {
  at: number;
  run: () => void;
}

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Due>();

  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  startTimer(delayMs: number, run: () => void): Timer {
    const due = { at: this.#now + delayMs, run };
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer fires. */
  get nextIn(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#now;
  }

  /** Moves on, running what falls due in order. */
  advance(ms: number): void {
    const target = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.at <= target; next = this.#next()) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = target;
  }

  #next(): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#timers) if (first === undefined || due.at < first.at) first = due;
    return first;
  }
}
