/**
 * The one connection that commits, in the order asked. It also holds the lock that makes this process the only broker of
 * the database, so whoever can commit is the broker: when the connection is lost, so is the lock, and both come back
 * together or not at all. A job whose connection was lost may have been done; but it is over once the lock was taken
 * again, so a later job sees for good whether it was. Knows nothing of what the jobs do.
 * States: lost (the next job connects and takes the lock) -> ready -> lost; any -> closed.
 */
import type pg from "pg";
import { StoreLockedError } from "../store-errors.ts";
import { StoreUnavailableError } from "../store.ts";
import { describeHolder, takeBrokerLock } from "./broker-lock.ts";
import { connect, cut } from "./postgres-connection.ts";
import { losesConnection, toStoreError } from "./postgres-errors.ts";

export interface PostgresWriterOptions {
  config: pg.ClientConfig;
  /** As messages name it. */
  database: string;
  /** Jobs that may wait; one more is refused with `StoreUnavailableError`. */
  maxWaiting: number;
  /** From the start of a job to its answer; then the connection is cut and the job refused. */
  jobTimeoutMs: number;
}

interface Job {
  work: (client: pg.ClientBase) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** A broker that was killed may linger in the server for a moment. */
const LOCK_ATTEMPTS = 20;
const LOCK_RETRY_MS = 100;

export class PostgresWriter {
  readonly #options: PostgresWriterOptions;
  #jobs: Job[] = [];
  #running = false;
  #client: pg.Client | undefined;
  /** Backend of the last connection: it may still hold the lock when only the network between was lost. */
  #lastBackend: number | undefined;
  #closed = false;

  constructor(options: PostgresWriterOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#jobs.length;
  }

  /** Whether this process is known to be the broker of the database. */
  get ready(): boolean {
    return this.#client !== undefined;
  }

  /**
   * Connects and takes the lock for the first time.
   * @throws StoreLockedError when another broker has it.
   */
  async open(): Promise<void> {
    try {
      this.#client = await this.#connect({ patient: true });
    } catch (error) {
      throw toStoreError(error, this.#options.database);
    }
  }

  run<Result>(work: (client: pg.ClientBase) => Promise<Result>): Promise<Result> {
    const { database, maxWaiting } = this.#options;
    if (this.#closed) return Promise.reject(new StoreUnavailableError(`Cannot use ${database}: the store is closed.`));
    if (this.#jobs.length >= maxWaiting) {
      return Promise.reject(
        new StoreUnavailableError(`${maxWaiting} jobs wait for the writer of ${database} already; try again later.`),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#jobs.push({ work, resolve, reject });
    if (!this.#running) void this.#drain();
    return promise as Promise<Result>;
  }

  /** Lets what waits finish, then gives the lock back with the connection. */
  async close(): Promise<void> {
    if (this.#closed) return;
    // A closed writer takes no new jobs, so this one is the last.
    const last = this.run(async () => undefined).catch(() => undefined);
    this.#closed = true;
    await last;
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    const timer = setTimeout(() => cut(client), this.#options.jobTimeoutMs);
    await client.end();
    clearTimeout(timer);
  }

  async #drain(): Promise<void> {
    this.#running = true;
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      try {
        job.resolve(await this.#attempt(job));
      } catch (error) {
        const failure = toStoreError(error, this.#options.database);
        job.reject(failure);
        // Waiting jobs would each fail only after a timeout of its own; together they are answered in time ([DB-5]).
        if (failure instanceof StoreUnavailableError) {
          for (const waiting of this.#jobs.splice(0)) waiting.reject(failure);
        }
      }
    }
    this.#running = false;
  }

  async #attempt({ work }: Job): Promise<unknown> {
    this.#client ??= await this.#connect({ patient: false });
    const client = this.#client;
    const timer = setTimeout(() => cut(client), this.#options.jobTimeoutMs);
    try {
      return await work(client);
    } catch (error) {
      if (losesConnection(error)) this.#lose(client);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #connect({ patient }: { patient: boolean }): Promise<pg.Client> {
    const client: pg.Client = await connect(this.#options.config, () => this.#lose(client));
    const timer = setTimeout(() => cut(client), this.#options.jobTimeoutMs);
    try {
      await this.#takeLock(client, patient);
      this.#lastBackend = backendOf(client);
      return client;
    } catch (error) {
      cut(client);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** At the start the lock is waited for a moment; later its loss is told at once, and tried again by the next job. */
  async #takeLock(client: pg.Client, patient: boolean): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const holder = await takeBrokerLock(client);
      if (holder === "taken") return;
      const isOwn = holder !== "unknown" && holder.pid === this.#lastBackend;
      if (isOwn) await client.query("SELECT pg_terminate_backend($1)", [holder.pid]);
      const isLost = holder !== "unknown" && !isOwn && !patient;
      if (isLost || attempt === LOCK_ATTEMPTS) throw this.#lockedError(patient, describeHolder(holder));
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    }
  }

  #lockedError(starting: boolean, holder: string): Error {
    const { database } = this.#options;
    return starting
      ? new StoreLockedError(
          `Another broker${holder} uses the database ${database}. Stop it first, or give this one a database of its own (PARL_DATABASE_URL).`,
        )
      : new StoreUnavailableError(
          `The connection to ${database} was lost, and another broker${holder} has taken the database since. Stop one of the two.`,
        );
  }

  #lose(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
    cut(client);
  }
}

/** The server's id of the process behind a connection. */
function backendOf(client: pg.Client): number | undefined {
  return (client as unknown as { processID: number | null }).processID ?? undefined;
}
