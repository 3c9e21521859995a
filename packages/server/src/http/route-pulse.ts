/**
 * The ways messages took since it was last told, put together: at most one telling in 250 ms and so many ways in it, however
 * many messages there are; the rest is counted. Knows nothing of the stream it is told on.
 *
 * States: quiet → waiting (something happened; the time runs) → due (to be taken) → quiet.
 */
import type { MessageRoute } from "../mesh/route-watch.ts";
import type { Clock, Scheduler } from "../ports.ts";

const PULSE_MS = 250;
const MAX_WAYS = 200;

export interface RoutePulseOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly onDue: () => void;
}

export class RoutePulse {
  readonly #options: RoutePulseOptions;
  readonly #ways = new Map<string, { from: string; to: string; count: number }>();
  #leftOut = 0;
  #isDue = false;
  #cancel: (() => void) | undefined;

  constructor(options: RoutePulseOptions) {
    this.#options = options;
  }

  note({ from, to }: MessageRoute): void {
    for (const key of to) this.#count(from, key);
    if (this.#cancel !== undefined || this.#isDue) return;
    this.#cancel = this.#options.scheduler.after(PULSE_MS, () => {
      this.#cancel = undefined;
      this.#isDue = true;
      this.#options.onDue();
    });
  }

  /** What is due, as the data of one event. */
  take(): Record<string, unknown> | undefined {
    if (!this.#isDue) return undefined;
    const routes = [...this.#ways.values()];
    const leftOut = this.#leftOut;
    this.#ways.clear();
    this.#leftOut = 0;
    this.#isDue = false;
    return { routes, left_out: leftOut, at: new Date(this.#options.clock.now()).toISOString() };
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isDue = false;
    this.#ways.clear();
  }

  #count(from: string, to: string): void {
    const key = `${from} ${to}`;
    const way = this.#ways.get(key);
    if (way !== undefined) way.count += 1;
    else if (this.#ways.size < MAX_WAYS) this.#ways.set(key, { from, to, count: 1 });
    else this.#leftOut += 1;
  }
}
