/** What every room asks of the world around it. Everything here is given by `main.ts`, or by a test. */

/** Milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

/** One-shot timers and the next-turn queue, so that a test can hold time still. */
export interface Scheduler {
  /** Runs once after `ms`; returns the function that cancels it. */
  after(ms: number, run: () => void): () => void;
  /** Runs soon, after the frames that have already arrived. */
  soon(run: () => void): void;
}

/** Cryptographically random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

/** Structured log lines; values never hold text, keys or secrets of users ([OBS-2], [AUTH-11]). */
export interface Log {
  debug(msg: string, fields?: Record<string, unknown>): void;
  info(msg: string, fields?: Record<string, unknown>): void;
  warn(msg: string, fields?: Record<string, unknown>): void;
  error(msg: string, fields?: Record<string, unknown>): void;
}
