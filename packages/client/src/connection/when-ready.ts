import type { Clock, Timer } from "../platform.ts";

interface Waiting {
  run(): void;
  expired(): void;
  timer: Timer;
}

/**
 * What waits for a connection, in order, each for a limited time. It has no bound of its own: whoever puts something in
 * has one (outbox, request table).
 */
export class WhenReady {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` at the next `runAll`, or `expired` after `waitMs` or at `expireAll`. */
  add(waitMs: number, run: () => void, expired: () => void): void {
    const timer = this.#clock.startTimer(waitMs, () => {
      this.#waiting.delete(entry);
      expired();
    });
    const entry: Waiting = { run, expired, timer };
    this.#waiting.add(entry);
  }

  runAll(): void {
    for (const entry of this.#take()) entry.run();
  }

  expireAll(): void {
    for (const entry of this.#take()) entry.expired();
  }

  #take(): Waiting[] {
    const entries = [...this.#waiting];
    this.#waiting.clear();
    for (const entry of entries) entry.timer.cancel();
    return entries;
  }
}
