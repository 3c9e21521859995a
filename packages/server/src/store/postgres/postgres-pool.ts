import pg from "pg";
import { StoreUnavailableError } from "../store.ts";
import { cut } from "./postgres-connection.ts";
import { losesConnection, toStoreError } from "./postgres-errors.ts";

export interface PostgresPoolOptions {
  config: pg.PoolConfig;
  /** As messages name it. */
  database: string;
  /** Calls that may wait for a connection; one more is refused with `StoreUnavailableError`. */
  maxWaiting: number;
  /** From getting a connection to the answer; then the connection is cut and the call refused. */
  jobTimeoutMs: number;
}

const IDLE_TIMEOUT_MS = 60_000;

/** Connections that are opened when needed, replaced when lost, and never waited for longer than a caller can wait. */
export class PostgresPool {
  readonly #options: PostgresPoolOptions;
  readonly #pool: pg.Pool;
  readonly #clients = new Set<pg.PoolClient>();
  #closed: Promise<void> | undefined;

  constructor(options: PostgresPoolOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({ ...options.config, idleTimeoutMillis: IDLE_TIMEOUT_MS });
    // A lost connection is replaced when one is needed, and the call it was lost under reports it.
    this.#pool.on("error", () => undefined);
    this.#pool.on("connect", (client) => {
      client.on("error", () => undefined);
      this.#clients.add(client);
    });
    this.#pool.on("remove", (client) => this.#clients.delete(client));
  }

  get waiting(): number {
    return this.#pool.waitingCount;
  }

  async use<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const { database, maxWaiting, jobTimeoutMs } = this.#options;
    if (this.#closed !== undefined) throw new StoreUnavailableError(`Cannot use ${database}: the store is closed.`);
    if (this.#pool.waitingCount >= maxWaiting) {
      throw new StoreUnavailableError(
        `${maxWaiting} calls wait for a connection to ${database} already; try again later.`,
      );
    }
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw toStoreError(error, database);
    }
    let broken = false;
    const timer = setTimeout(() => cut(client), jobTimeoutMs);
    try {
      return await work(client);
    } catch (error) {
      broken = losesConnection(error);
      throw toStoreError(error, database);
    } finally {
      clearTimeout(timer);
      client.release(broken);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // A server that does not answer does not say goodbye either.
    const timer = setTimeout(() => this.#clients.forEach(cut), this.#options.jobTimeoutMs);
    try {
      await this.#pool.end();
    } finally {
      clearTimeout(timer);
    }
  }
}
