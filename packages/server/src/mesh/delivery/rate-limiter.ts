interface Bucket {
  tokens: number;
  at: number;
}

const FORGET_ABOVE = 10_000;

/** Token buckets per member ([SEND-9]): `perMinute` tokens a minute, at most `burst` saved up; 0 is no limit. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one token. Returns 0, or how many milliseconds to wait for the next one. */
  take(key: string, perMinute: number, burst: number, now: number): number {
    if (perMinute === 0 || burst === 0) return 0;
    const perMs = perMinute / 60_000;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= FORGET_ABOVE) this.#forgetFull(burst, perMs, now);
      bucket = { tokens: burst, at: now };
      this.#buckets.set(key, bucket);
    }
    bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) * perMs);
    bucket.at = now;
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perMs));
    bucket.tokens -= 1;
    return 0;
  }

  /** A bucket that is full again says no more than an absent one. */
  #forgetFull(burst: number, perMs: number, now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (bucket.tokens + (now - bucket.at) * perMs >= burst) this.#buckets.delete(key);
    }
  }
}
