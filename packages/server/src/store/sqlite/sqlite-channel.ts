/**
 * The main thread's end of one SQLite worker: numbers the jobs, keeps what waits for an answer, and starts another
 * worker when one ended that should not have. Knows nothing of what the jobs mean.
 * States: open (a worker runs) -> failed (it ended by itself; the next job starts another) -> open;
 * open -> resting (nothing asked for a while; the next job starts another) -> open; any -> closed.
 */
import type { Worker } from "node:worker_threads";
import { StoreMigrationError } from "../store-errors.ts";
import { StoreUnavailableError } from "../store.ts";
import type {
  JobFailure,
  JobReply,
  JobRequest,
  SqliteJob,
  SqliteWorkerData,
  SqliteWorkerTask,
} from "./sqlite-worker-protocol.ts";
import { startWorker } from "../../start-worker.ts";

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

export interface SqliteChannelOptions {
  worker: SqliteWorkerTask;
  /** Jobs that may wait for an answer; one more is refused with `StoreUnavailableError`. */
  maxWaiting: number;
  /** What the worker runs; the SQLite worker if not given. */
  script?: URL;
  /** A worker without a job for so long is ended, for the memory it holds; never if not given. */
  restAfterMs?: number | undefined;
}

/** Small young generations, because what passes through is short-lived; the old limit only stops a runaway. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 512 };

/** Number of the last job of a worker that is let go: nobody waits for its answer. */
const CLOSING = -1;

/** Run from source the worker is TypeScript, built it is JavaScript: the same as this file. */
const WORKER_SCRIPT = new URL(`./sqlite-worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

export class SqliteChannel {
  readonly #options: SqliteChannelOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** For all workers of this channel, since one that is let go has to hear of its last job too. */
  readonly #posted = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #worker: Worker | undefined;
  /** The worker in use and those that rest are gone. */
  #exited: Promise<void> = Promise.resolve();
  #restTimer: NodeJS.Timeout | undefined;
  #lastId = 0;
  #closed = false;

  private constructor(options: SqliteChannelOptions) {
    this.#options = options;
  }

  /** Starts the worker and waits until it has opened the database. */
  static async open(options: SqliteChannelOptions): Promise<SqliteChannel> {
    const channel = new SqliteChannel(options);
    try {
      await channel.#start();
      return channel;
    } catch (error) {
      await channel.#terminate();
      throw error;
    }
  }

  /** Starts no worker before the first job; that the database can be opened must be known already. */
  static resting(options: SqliteChannelOptions): SqliteChannel {
    return new SqliteChannel(options);
  }

  /** Jobs sent and not yet answered. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** No worker runs: it was let go, or it ended by itself. */
  get isResting(): boolean {
    return this.#worker === undefined;
  }

  request(job: SqliteJob): Promise<unknown> {
    const { path, role } = this.#options.worker;
    if (this.#closed) return Promise.reject(new StoreUnavailableError(`Cannot use ${path}: the store is closed.`));
    if (this.#waiting.size >= this.#options.maxWaiting) {
      return Promise.reject(
        new StoreUnavailableError(
          `${this.#waiting.size} jobs wait for the ${role} of ${path} already; try again later.`,
        ),
      );
    }
    if (this.#worker === undefined) {
      // A worker that ended took its connection with it; the job waits behind the opening of the next one.
      this.#start().catch(() => undefined);
    }
    return this.#post(job);
  }

  /** Lets what waits finish, closes the database and ends the worker. */
  async close(): Promise<void> {
    clearTimeout(this.#restTimer);
    if (this.#closed) return this.#exited;
    const worker = this.#worker;
    const closing = worker === undefined ? Promise.resolve() : this.#post({ kind: "close" });
    this.#closed = true;
    try {
      await closing;
    } finally {
      await this.#exited;
    }
  }

  #start(): Promise<unknown> {
    const workerData: SqliteWorkerData = { ...this.#options.worker, posted: this.#posted };
    const worker = startWorker(this.#options.script ?? WORKER_SCRIPT, {
      workerData,
      resourceLimits: RESOURCE_LIMITS,
      // Environment, arguments and loaders of the main thread are none of its business.
      env: {},
      execArgv: [],
    });
    this.#worker = worker;
    worker.on("message", (reply: JobReply) => this.#settle(reply));
    worker.on("error", (error) => this.#fail(worker, error));
    const exited = new Promise<void>((resolve) => {
      worker.on("exit", (code) => {
        this.#fail(worker, new Error(`exit code ${code}`));
        resolve();
      });
    });
    const exitedBefore = this.#exited;
    this.#exited = exited.then(() => exitedBefore);
    return this.#expect(0);
  }

  #post(job: SqliteJob): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = this.#expect(id);
    if (this.#worker !== undefined) this.#send(this.#worker, { id, job });
    return answer;
  }

  #send(worker: Worker, request: JobRequest): void {
    worker.postMessage(request);
    Atomics.add(this.#posted, 0, 1);
    Atomics.notify(this.#posted, 0);
  }

  #expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(reply: JobReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (waiting === undefined) return;
    if (this.#waiting.size === 0) this.#restLater();
    if ("failure" in reply) waiting.reject(toError(reply.failure));
    else waiting.resolve(reply.value);
  }

  #restLater(): void {
    const { restAfterMs } = this.#options;
    if (restAfterMs === undefined || this.#closed) return;
    if (this.#restTimer === undefined) this.#restTimer = setTimeout(() => this.#rest(), restAfterMs).unref();
    else this.#restTimer.refresh();
  }

  /** Lets the worker go. A job that comes now gets another one, even before this one is gone. */
  #rest(): void {
    if (this.#waiting.size > 0 || this.#worker === undefined || this.#closed) return;
    this.#send(this.#worker, { id: CLOSING, job: { kind: "close" } });
    this.#worker = undefined;
  }

  /** The worker is gone: what it had not answered may or may not have been done, and nobody can say. */
  #fail(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const { role, path } = this.#options.worker;
    for (const { reject } of this.#waiting.values()) {
      reject(
        new StoreUnavailableError(`The ${role} of ${path} ended before it answered; the next call starts it again.`, {
          cause,
        }),
      );
    }
    this.#waiting.clear();
  }

  async #terminate(): Promise<void> {
    clearTimeout(this.#restTimer);
    this.#closed = true;
    await this.#worker?.terminate();
    await this.#exited;
  }
}

function toError(failure: JobFailure): Error {
  const error = makeError(failure);
  if (failure.stack !== undefined) error.cause = new Error(failure.stack);
  return error;
}

function makeError({ kind, message }: JobFailure): Error {
  if (kind === "unavailable") return new StoreUnavailableError(`Cannot use the database: ${message}.`);
  return kind === "migration" ? new StoreMigrationError(message) : new Error(`A store operation failed: ${message}`);
}
