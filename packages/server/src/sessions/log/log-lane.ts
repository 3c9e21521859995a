/**
 * A queue of jobs and the threads that carry them out. Threads are started when there is work for them and, where that
 * is wanted, let go when there has been none for a while. Knows nothing of what the jobs mean.
 * States of a thread: none -> working (batches are with it) -> idle -> working, or resting: none again; ended by itself ->
 * what was with it is rejected, and the next job starts another. Closed: nothing is taken any more.
 */
import type { Worker, WorkerOptions } from "node:worker_threads";
import type { Scheduler } from "../../ports.ts";
import { FileChangedError } from "./log-reader.ts";
import type { LogAnswers, LogJob, LogJobBatch, LogJobFailure, LogJobReply } from "./log-job.ts";

export type StartThread = (script: URL, options: WorkerOptions) => Worker;

export interface LogLaneOptions {
  readonly threads: number;
  readonly startThread: StartThread;
  readonly scheduler: Scheduler;
  /** Threads without work are let go after a while. */
  readonly rests: boolean;
}

interface Waiting {
  readonly job: LogJob;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Batches that are with it, by number. */
  readonly batches: Map<number, readonly Waiting[]>;
}

const MAX_WAITING = 65_536;
const BATCH_JOBS = 32;
/** While one batch is worked on, the next one is there already. */
const BATCHES_AHEAD = 2;
const REST_AFTER_MS = 10_000;
/** A line of 64 MiB may become many times that as objects; the limit only stops a runaway. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 2_048 };

/** Run from source the thread is TypeScript, built it is JavaScript: the same as this file. */
const SCRIPT = new URL(`./log-worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

export class LogLane {
  readonly #options: LogLaneOptions;
  readonly #waiting: Waiting[] = [];
  readonly #threads = new Set<Thread>();
  readonly #exits = new Set<Promise<void>>();
  #taken = 0;
  #lastId = 0;
  #isFlushing = false;
  #isClosed = false;
  #cancelRest: (() => void) | undefined;

  constructor(options: LogLaneOptions) {
    this.#options = options;
  }

  run<Kind extends LogJob["kind"]>(job: Extract<LogJob, { kind: Kind }>): Promise<LogAnswers[Kind]> {
    if (this.#isClosed) return Promise.reject(new Error(`Cannot read ${job.file.path}: the reader is closed`));
    if (this.#waiting.length - this.#taken >= MAX_WAITING) {
      return Promise.reject(new Error(`Cannot read ${job.file.path}: ${MAX_WAITING} files wait to be read already`));
    }
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.push({ job, resolve, reject }));
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      // Jobs that are given in the same turn travel together.
      queueMicrotask(() => {
        this.#isFlushing = false;
        this.#flush();
      });
    }
    return answer as Promise<LogAnswers[Kind]>;
  }

  /** What waits is rejected, what is being read is let finish. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRest?.();
    for (const { job, reject } of this.#waiting.splice(0).slice(this.#taken)) {
      reject(new Error(`Cannot read ${job.file.path}: the reader is closed`));
    }
    this.#taken = 0;
    for (const { worker } of this.#threads) worker.postMessage("close");
    await Promise.all(this.#exits);
  }

  #flush(): void {
    while (this.#taken < this.#waiting.length) {
      const thread = this.#freeThread();
      if (thread === undefined) break;
      this.#post(thread);
    }
    if (this.#taken === this.#waiting.length || this.#taken > 1_024) {
      this.#waiting.splice(0, this.#taken);
      this.#taken = 0;
    }
  }

  /** The one with the least to do, or another one as long as there may be more. */
  #freeThread(): Thread | undefined {
    let free: Thread | undefined;
    for (const thread of this.#threads) {
      if (free === undefined || thread.batches.size < free.batches.size) free = thread;
    }
    if (free !== undefined && free.batches.size === 0) return free;
    if (this.#threads.size < this.#options.threads) return this.#start();
    return free !== undefined && free.batches.size < BATCHES_AHEAD ? free : undefined;
  }

  #post(thread: Thread): void {
    // Shared out among the threads, so that none waits while another has a row of jobs.
    const share = Math.ceil((this.#waiting.length - this.#taken) / this.#options.threads);
    // One that is itself many files travels alone.
    const isMany = this.#waiting[this.#taken]?.job.kind === "count";
    const batch = this.#waiting.slice(this.#taken, this.#taken + Math.min(share, isMany ? 1 : BATCH_JOBS));
    this.#taken += batch.length;
    this.#lastId++;
    thread.batches.set(this.#lastId, batch);
    const message: LogJobBatch = { id: this.#lastId, jobs: batch.map(({ job }) => job) };
    thread.worker.postMessage(message);
  }

  #start(): Thread {
    const worker = this.#options.startThread(SCRIPT, {
      resourceLimits: RESOURCE_LIMITS,
      // Environment, arguments and loaders of the main thread are none of its business.
      env: {},
      execArgv: [],
    });
    const thread: Thread = { worker, batches: new Map() };
    this.#threads.add(thread);
    worker.on("message", (reply: LogJobReply) => this.#settle(thread, reply));
    worker.on("error", (error) => this.#fail(thread, error));
    const exited = new Promise<void>((resolve) => {
      worker.on("exit", (code) => {
        this.#fail(thread, new Error(`exit code ${code}`));
        this.#exits.delete(exited);
        resolve();
      });
    });
    this.#exits.add(exited);
    return thread;
  }

  #settle(thread: Thread, { id, outcomes }: LogJobReply): void {
    const batch = thread.batches.get(id) ?? [];
    thread.batches.delete(id);
    for (const [i, { job, resolve, reject }] of batch.entries()) {
      const outcome = outcomes[i];
      if (outcome !== undefined && "value" in outcome) resolve(outcome.value);
      else reject(toError(job, outcome?.failure));
    }
    this.#flush();
    this.#restLater();
  }

  /** The thread is gone, and what it was to read was not read. */
  #fail(thread: Thread, cause: Error): void {
    if (!this.#threads.delete(thread)) return;
    for (const batch of thread.batches.values()) {
      for (const { job, reject } of batch) {
        reject(new Error(`Cannot read ${job.file.path}: the thread that read it ended`, { cause }));
      }
    }
    this.#flush();
  }

  #restLater(): void {
    this.#cancelRest?.();
    if (this.#isClosed || !this.#options.rests) return;
    this.#cancelRest = this.#options.scheduler.after(REST_AFTER_MS, () => this.#rest());
  }

  #rest(): void {
    this.#cancelRest = undefined;
    for (const thread of this.#threads) {
      if (thread.batches.size > 0) continue;
      this.#threads.delete(thread);
      thread.worker.postMessage("close");
    }
  }
}

function toError(job: LogJob, failure: LogJobFailure | undefined): Error {
  const { kind, message, stack } = failure ?? { kind: "defect", message: "no answer came", stack: undefined };
  const cause = stack === undefined ? {} : { cause: new Error(stack) };
  if (kind === "changed") return new FileChangedError(message, cause);
  return new Error(`Cannot read ${job.file.path}: ${message}`, cause);
}
