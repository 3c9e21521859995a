import type { Clock, Scheduler } from "../../src/mesh/ports.ts";

interface Timer {
  at: number;
  run: () => void;
}

/**
 * Clock and timers of a real server with real sockets and databases: they stand still until a test moves them, while
 * the event loop goes on. Move time only when nothing is under way, or what waits for the database is given up.
 */
export class SteppedTime implements Clock, Scheduler {
  #now: number;
  #stamps = 0;
  readonly #timers = new Set<Timer>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** The time for a hello: no two are equal, so that no signature is ([HELLO-4]). */
  stamp(): number {
    return this.#now + ++this.#stamps;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  soon(run: () => void): void {
    setImmediate(run);
  }

  /** Moves time and fires every timer at its instant, each in a turn of its own. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (let timer = this.#nextDue(until); timer !== undefined; timer = this.#nextDue(until)) {
      this.#now = Math.max(this.#now, timer.at);
      await this.#fire(timer);
    }
    this.#now = until;
  }

  /** Moves time at once, as a machine that slept: every timer that is due fires once, late. */
  async leap(ms: number): Promise<void> {
    this.#now += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    for (const timer of due) if (this.#timers.has(timer)) await this.#fire(timer);
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    timer.run();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #nextDue(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }
}
