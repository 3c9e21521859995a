/**
 * Runs of one job for one file, one at a time ([WATCH-3]): a change starts one at once; changes while it runs, or within
 * `foldMs` of its start, make one more that always follows. Knows nothing of what a run does.
 * States: resting -> running -> resting; resting -> folding (a change came early; its run is due soon) -> running.
 */
import type { Clock, Scheduler } from "../../ports.ts";

export interface FoldedRunsOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly foldMs: number;
  /** Must not reject for reasons that a later run would not meet: nobody else repeats it. */
  readonly run: () => Promise<void>;
  /** A run that nobody waits for failed. */
  readonly failed: (error: unknown) => void;
}

export class FoldedRuns {
  readonly #options: FoldedRunsOptions;
  #running: Promise<void> | undefined;
  /** The run after the one that runs, for those who wait for it. */
  #next: PromiseWithResolvers<void> | undefined;
  /** A change came while it ran, and nobody waits. */
  #isNoticed = false;
  #startedAt = Number.NEGATIVE_INFINITY;
  #cancelFold: (() => void) | undefined;
  #isClosed = false;

  constructor(options: FoldedRunsOptions) {
    this.#options = options;
  }

  /** No run is under way or due. */
  get isResting(): boolean {
    return this.#running === undefined && this.#cancelFold === undefined;
  }

  /** Something may have changed. */
  notice(): void {
    if (this.#isClosed || this.#cancelFold !== undefined) return;
    if (this.#running !== undefined) {
      this.#isNoticed = true;
      return;
    }
    const { clock, scheduler, foldMs } = this.#options;
    const sinceMs = clock.now() - this.#startedAt;
    // A clock that was set back must not hold changes off.
    if (sinceMs >= foldMs || sinceMs < 0) {
      this.#start().catch(this.#options.failed);
      return;
    }
    this.#cancelFold = scheduler.after(foldMs - sinceMs, () => {
      this.#cancelFold = undefined;
      if (!this.#isClosed) this.#start().catch(this.#options.failed);
    });
  }

  /** Ends when a run has ended that began after this call; rejects as that run does. */
  now(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    if (this.#running === undefined) return this.#start();
    this.#next ??= Promise.withResolvers();
    return this.#next.promise;
  }

  /** Starts no more; ends when the run under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelFold?.();
    this.#cancelFold = undefined;
    await this.#running?.catch(() => undefined);
  }

  #start(): Promise<void> {
    this.#cancelFold?.();
    this.#cancelFold = undefined;
    this.#isNoticed = false;
    this.#startedAt = this.#options.clock.now();
    const running = this.#options.run();
    this.#running = running;
    const end = (): void => this.#end();
    running.then(end, end);
    return running;
  }

  #end(): void {
    this.#running = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) {
      if (this.#isClosed) next.resolve();
      else this.#start().then(next.resolve, next.reject);
      return;
    }
    if (!this.#isNoticed) return;
    this.#isNoticed = false;
    this.notice();
  }
}
