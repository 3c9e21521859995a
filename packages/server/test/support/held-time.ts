import type { Clock, Scheduler } from "../../src/ports.ts";

interface Timer {
  at: number;
  order: number;
  run: () => void;
}

/** Time that stands still until a test moves it: a clock and a scheduler in one. */
export class HeldTime implements Clock, Scheduler {
  #now: number;
  #order = 0;
  #timers: Timer[] = [];
  #soon: (() => void)[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + ms, order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** Lets promises and the next-turn queue run until nothing is left to do now. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 8;) {
      await Promise.resolve();
      const soon = this.#soon;
      this.#soon = [];
      for (const run of soon) run();
      idle = soon.length === 0 ? idle + 1 : 0;
    }
  }

  /** Moves time, firing timers in order, and settles after each. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    for (let next = this.#due(until); next !== undefined; next = this.#due(until)) {
      const timer = next;
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
      await this.settle();
    }
    this.#now = until;
  }

  /** Forgets every timer and turn, as a killed process does. */
  forget(): void {
    this.#timers = [];
    this.#soon = [];
  }

  #due(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}
