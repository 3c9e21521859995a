/**
 * The main thread's end of one SQLite worker: numbers the jobs, keeps what waits for an answer, and starts another
 * worker when one ended that should not have. Knows nothing of what the jobs mean.
 * States: open (a worker runs) -> failed (it ended by itself; the next job starts another) -> open; any -> closed.
 */
import type { Worker } from "node:worker_threads";
import { StoreMigrationError } from "../store-errors.ts";
import { StoreUnavailableError } from "../store.ts";
import type { JobFailure, JobReply, SqliteJob, SqliteWorkerData } from "./sqlite-worker-protocol.ts";
import { startWorker } from "./start-worker.ts";

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

export interface SqliteChannelOptions {
  worker: SqliteWorkerData;
  /** Jobs that may wait for an answer; one more is refused with `StoreUnavailableError`. */
  maxWaiting: number;
  /** What the worker runs; the SQLite worker if not given. */
  script?: URL;
}

/** Small young generations, because what passes through is short-lived; the old limit only stops a runaway. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 512 };

/** Run from source the worker is TypeScript, built it is JavaScript: the same as this file. */
const WORKER_SCRIPT = new URL(`./sqlite-worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

export class SqliteChannel {
  readonly #options: SqliteChannelOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
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

  /** Jobs sent and not yet answered. */
  get waiting(): number {
    return this.#waiting.size;
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
    const worker = startWorker(this.#options.script ?? WORKER_SCRIPT, {
      workerData: this.#options.worker,
      resourceLimits: RESOURCE_LIMITS,
      // Environment, arguments and loaders of the main thread are none of its business.
      env: {},
      execArgv: [],
    });
    this.#worker = worker;
    worker.on("message", (reply: JobReply) => this.#settle(reply));
    worker.on("error", (error) => this.#fail(worker, error));
    this.#exited = new Promise((resolve) => {
      worker.on("exit", (code) => {
        this.#fail(worker, new Error(`exit code ${code}`));
        resolve();
      });
    });
    return this.#expect(0);
  }

  #post(job: SqliteJob): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = this.#expect(id);
    this.#worker?.postMessage({ id, job });
    return answer;
  }

  #expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(reply: JobReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (waiting === undefined) return;
    if ("failure" in reply) waiting.reject(toError(reply.failure));
    else waiting.resolve(reply.value);
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
