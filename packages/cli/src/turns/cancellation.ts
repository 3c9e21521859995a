/**
 * Ends a run: by its deadline, by the caller's signal, or because nobody reads its answer [CAN-1]. It knows nothing of
 * engines or turns; who must act at the moment of the stop says so with `onStop`.
 *
 * States: running → stopping (the first cause; later ones change nothing) → out of patience (the grace period is over, or
 * a second signal came [CAN-7]); `close` from any of them, after which nothing happens any more.
 */
import type { StopReason } from "../harness/context.ts";

/** Monotonic time in milliseconds, and waking at a point of it. */
export interface Clock {
  monotonicMs(): number;
  /** Calls back after `ms`, at most `maxTimerMs`; a little early is allowed. The answer takes the call back. */
  startTimer(ms: number, callback: () => void): () => void;
}

/** What a timer of the platform can take; longer waits are made of several [ARG-5]. */
export const maxTimerMs = 2 ** 31 - 1;

export interface Stop {
  readonly cause: "deadline" | StopReason["cause"];
  /** Of an interrupt. */
  readonly signal: StopReason["signal"];
  readonly atMs: number;
}

export interface CancellationOptions {
  readonly clock: Clock;
  /** Monotonic; undefined: no limit. */
  readonly deadlineMs?: number | undefined;
  readonly graceMs: number;
  /** Fires with a {@link StopReason}. */
  readonly interrupt?: AbortSignal | undefined;
  /** Fires when the caller does not want to wait for the grace period. */
  readonly hurry?: AbortSignal | undefined;
}

export class Cancellation {
  readonly #options: CancellationOptions;
  readonly #controller = new AbortController();
  readonly #listeners: (() => void)[] = [];
  readonly #patience = Promise.withResolvers<void>();
  #stop: Stop | undefined;
  #isClosed = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: CancellationOptions) {
    this.#options = options;
    const { deadlineMs, interrupt, hurry } = options;
    if (interrupt?.aborted === true) this.#onInterrupt();
    else interrupt?.addEventListener("abort", this.#onInterrupt);
    hurry?.addEventListener("abort", this.#onHurry);
    if (hurry?.aborted === true) this.#onHurry();
    if (deadlineMs !== undefined && !this.check()) this.#waitUntil(deadlineMs, () => this.check());
  }

  /** The one that every turn of the run is given [LOOP-4]. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the run ends; undefined while it goes on. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  /** Resolves when the grace period of a stop is over: from then on nothing is waited for. */
  get outOfPatience(): Promise<void> {
    return this.#patience.promise;
  }

  /** Looks at the clock: true when the run is stopped, which a passed deadline brings about even before its timer. */
  check(): boolean {
    const { clock, deadlineMs } = this.#options;
    if (this.#stop === undefined && deadlineMs !== undefined && clock.monotonicMs() >= deadlineMs) {
      this.#stopFor("deadline", null);
    }
    return this.#stop !== undefined;
  }

  /** Calls `listener` at the stop, before the signal is set; at once when it has happened. */
  onStop(listener: () => void): void {
    if (this.#stop === undefined) this.#listeners.push(listener);
    else listener();
  }

  /** Milliseconds of the grace period that are left; all of it while the run goes on. */
  get graceLeftMs(): number {
    const { clock, graceMs } = this.#options;
    return this.#stop === undefined ? graceMs : Math.max(0, this.#stop.atMs + graceMs - clock.monotonicMs());
  }

  close(): void {
    const { interrupt, hurry } = this.#options;
    this.#isClosed = true;
    this.#cancelTimer?.();
    interrupt?.removeEventListener("abort", this.#onInterrupt);
    hurry?.removeEventListener("abort", this.#onHurry);
  }

  readonly #onInterrupt = (): void => {
    const { interrupt } = this.#options;
    if (interrupt === undefined) return;
    const { cause, signal } = interrupt.reason as StopReason;
    this.#stopFor(cause, signal);
  };

  readonly #onHurry = (): void => {
    if (this.#stop !== undefined) this.#patience.resolve();
  };

  #stopFor(cause: Stop["cause"], signal: Stop["signal"]): void {
    if (this.#stop !== undefined || this.#isClosed) return;
    const { clock, graceMs } = this.#options;
    const atMs = clock.monotonicMs();
    this.#stop = { cause, signal, atMs };
    this.#waitUntil(atMs + graceMs, () => this.#patience.resolve());
    for (const listener of this.#listeners.splice(0)) listener();
    this.#controller.abort(this.#options.interrupt?.reason);
  }

  /** Replaces the wait before it: the deadline does not matter any more once the run stops. */
  #waitUntil(untilMs: number, callback: () => void): void {
    const { clock } = this.#options;
    this.#cancelTimer?.();
    const leftMs = untilMs - clock.monotonicMs();
    if (leftMs <= 0) {
      this.#cancelTimer = undefined;
      callback();
      return;
    }
    this.#cancelTimer = clock.startTimer(Math.min(leftMs, maxTimerMs), () => this.#waitUntil(untilMs, callback));
  }
}
