import type { Clock, Timer } from "../platform.ts";

export interface HeartbeatOptions {
  clock: Clock;
  pingIntervalMs: number;
  deadAfterMs: number;
  /** Provokes a sign of life. */
  ping(): void;
  /** Nothing was heard for `deadAfterMs`. */
  dead(): void;
}

/** Pings at a fixed interval and reports once when nothing came back for too long ([WS-6]). One timer at a time. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #heardAt: number;
  #pingAt: number;
  #timer: Timer | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    const now = options.clock.now();
    this.#heardAt = now;
    this.#pingAt = now + options.pingIntervalMs;
    this.#arm(now);
  }

  /** Something arrived. */
  heard(): void {
    this.#heardAt = this.#options.clock.now();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(now: number): void {
    const dueAt = Math.min(this.#pingAt, this.#heardAt + this.#options.deadAfterMs);
    this.#timer = this.#options.clock.startTimer(Math.max(1, dueAt - now), () => this.#tick());
  }

  #tick(): void {
    const now = this.#options.clock.now();
    if (now - this.#heardAt >= this.#options.deadAfterMs) {
      this.#timer = undefined;
      this.#options.dead();
      return;
    }
    if (now >= this.#pingAt) {
      this.#pingAt = now + this.#options.pingIntervalMs;
      this.#options.ping();
    }
    this.#arm(now);
  }
}
