import type { Clock } from "../ports.ts";

/**
 * Counts per key within windows of a minute that begin with the first hit. Remembers a bounded number of keys; when
 * full, the oldest window is forgotten, so a flood of keys loosens the limit of one key and never costs memory.
 */
export class RateWindow {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #maxKeys: number;
  readonly #windows = new Map<string, { since: number; hits: number }>();

  constructor(options: { clock: Clock; limit: number; windowMs?: number; maxKeys?: number }) {
    this.#clock = options.clock;
    this.#limit = options.limit;
    this.#windowMs = options.windowMs ?? 60_000;
    this.#maxKeys = options.maxKeys ?? 10_000;
  }

  /** Counts one hit; returns 0, or the milliseconds to wait when the limit was used up before. */
  take(key: string): number {
    const waitMs = this.waitMs(key);
    if (waitMs === 0) this.hit(key);
    return waitMs;
  }

  /** Milliseconds until another hit is allowed; 0 when it is now. */
  waitMs(key: string): number {
    const window = this.#windows.get(key);
    if (window === undefined || window.hits < this.#limit) return 0;
    return Math.max(0, window.since + this.#windowMs - this.#clock.now());
  }

  hit(key: string): void {
    const now = this.#clock.now();
    const window = this.#windows.get(key);
    if (window !== undefined && now - window.since < this.#windowMs) {
      window.hits++;
      return;
    }
    this.#windows.delete(key);
    if (this.#windows.size >= this.#maxKeys) {
      const oldest = this.#windows.keys().next();
      if (oldest.done === false) this.#windows.delete(oldest.value);
    }
    this.#windows.set(key, { since: now, hits: 1 });
  }
}
