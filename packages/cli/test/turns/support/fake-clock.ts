import { maxTimerMs, type Clock } from "../../../src/turns/cancellation.ts";

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Time that moves only when the test says so. */
export class FakeClock implements Clock {
  #nowMs = 1000;
  readonly #timers = new Set<Timer>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  durationMs(sinceMonotonicMs: number): number {
    return this.#nowMs - sinceMonotonicMs;
  }

  startTimer(ms: number, callback: () => void): () => void {
    if (ms > maxTimerMs) throw new Error(`a timer of ${ms} ms would fire at once`);
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that have not fired and were not taken back. */
  get openTimers(): number {
    return this.#timers.size;
  }

  /** Moves on, fires what is due in its order, and lets every promise that can settle do so. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settlePromises();
    for (;;) {
      const [next] = [...this.#timers].toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#timers.delete(next);
      next.callback();
      await settlePromises();
    }
    this.#nowMs = untilMs;
    await settlePromises();
  }

  /** Moves on without firing anything: the event loop was busy. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }
}

export async function settlePromises(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
