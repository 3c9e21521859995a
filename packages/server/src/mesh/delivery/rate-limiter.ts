interface Bucket {
  /** In parts of which `TOKEN` make one token, so that refilling by whole milliseconds needs no fractions. */
  parts: number;
  at: number;
}

/** A bucket is refilled by `perMinute` parts each millisecond. */
const TOKEN = 60_000;
const FORGET_ABOVE = 10_000;

/** Token buckets per member ([SEND-9]): `perMinute` tokens a minute, at most `burst` saved up; 0 is no limit. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one token. Returns 0, or how many milliseconds to wait for the next one. */
  take(key: string, perMinute: number, burst: number, now: number): number {
    if (perMinute === 0 || burst === 0) return 0;
    const most = burst * TOKEN;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= FORGET_ABOVE) this.#forgetFull(most, perMinute, now);
      bucket = { parts: most, at: now };
      this.#buckets.set(key, bucket);
    }
    bucket.parts = Math.min(most, bucket.parts + Math.max(0, now - bucket.at) * perMinute);
    bucket.at = now;
    if (bucket.parts < TOKEN) return Math.ceil((TOKEN - bucket.parts) / perMinute);
    bucket.parts -= TOKEN;
    return 0;
  }

  /** A bucket that is full again says no more than an absent one. */
  #forgetFull(most: number, perMinute: number, now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (bucket.parts + (now - bucket.at) * perMinute >= most) this.#buckets.delete(key);
    }
  }
}
