import pg from "pg";
import type { StoreDurability } from "../durability.ts";
import { OperationStore } from "../operation-store.ts";
import type { Operation } from "../operations/operation.ts";
import { OPERATIONS, type ArgsOf, type OperationName, type ResultOf } from "../operations/operations.ts";
import { StoreUnavailableError, type CommitBatch, type DuplicateMessage, type Store } from "../store.ts";
import { migratePostgres } from "./migrate-postgres.ts";
import { SETTLE_MESSAGES, commitBatch, inTransaction } from "./postgres-commit.ts";
import { connectionConfig, cut, describeDatabase } from "./postgres-connection.ts";
import { losesConnection, toStoreError } from "./postgres-errors.ts";
import { createPostgresSql } from "./postgres-sql.ts";
import { PostgresWriter } from "./postgres-writer.ts";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with the parameters `pg` knows. */
  url: string;
  durability: StoreDurability;
  /** Shown by the server and named to a second broker: say which process this is. */
  applicationName: string;
  /** Connections beside the one that commits. */
  poolSize?: number;
  /** Calls that may wait for the writer, and as many for a connection of the pool; beyond that they are refused. */
  maxWaitingJobs?: number;
  /** After this long without an answer a call is refused; [DB-5] wants less than 5,000 in all. */
  jobTimeoutMs?: number;
}

const POOL_SIZE = 4;
const MAX_WAITING_JOBS = 4_096;
const JOB_TIMEOUT_MS = 2_500;
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Opens the PostgreSQL store (version 15 or later) and makes this process its only broker until `close`.
 * @throws StoreLockedError when another broker has it, StoreMigrationError when this program cannot use it,
 * StoreUnavailableError when it cannot be reached.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { poolSize = POOL_SIZE, maxWaitingJobs: maxWaiting = MAX_WAITING_JOBS, jobTimeoutMs = JOB_TIMEOUT_MS } = options;
  const config = connectionConfig(options);
  const database = describeDatabase(options.url);
  const writer = new PostgresWriter({ config, database, maxWaiting, jobTimeoutMs });
  await writer.open();
  try {
    await writer.run((client) => migratePostgres(client, database));
  } catch (error) {
    await writer.close();
    throw error;
  }
  const pool = new pg.Pool({ ...config, max: poolSize, idleTimeoutMillis: IDLE_TIMEOUT_MS });
  return new PostgresStore({ writer, pool, database, maxWaiting, jobTimeoutMs });
}

interface PostgresStoreParts {
  writer: PostgresWriter;
  pool: pg.Pool;
  database: string;
  maxWaiting: number;
  jobTimeoutMs: number;
}

/** The store on PostgreSQL: one connection that commits in order and holds the broker lock, a pool for the rest. */
export class PostgresStore extends OperationStore {
  override readonly kind: Store["kind"] = "postgres";
  readonly #parts: PostgresStoreParts;
  readonly #clients = new Set<pg.PoolClient>();
  #closed: Promise<void> | undefined;

  constructor(parts: PostgresStoreParts) {
    super();
    this.#parts = parts;
    // A lost connection is replaced when one is needed, and the call it was lost under reports it.
    parts.pool.on("error", () => undefined);
    parts.pool.on("connect", (client) => {
      client.on("error", () => undefined);
      this.#clients.add(client);
    });
    parts.pool.on("remove", (client) => this.#clients.delete(client));
  }

  /** Calls that wait, for a gauge. */
  get queuedJobs(): { writer: number; reader: number } {
    return { writer: this.#parts.writer.waiting, reader: this.#parts.pool.waitingCount };
  }

  override commit(batch: CommitBatch): Promise<DuplicateMessage[]> {
    return this.#parts.writer.run((client) => commitBatch(client, batch));
  }

  override async settleMessages(...[meshId, seqs, settledAt]: Parameters<Store["settleMessages"]>): Promise<void> {
    if (seqs.length === 0) return;
    const statement = { name: "parl_settle", text: SETTLE_MESSAGES, values: [meshId, seqs, settledAt] };
    await this.#parts.writer.run((client) => client.query(statement));
  }

  override async backupTo(): Promise<void> {
    throw new StoreUnavailableError("A PostgreSQL database is backed up with its own tools, such as pg_dump; backups to a file are for SQLite.");
  }

  override async ping(): Promise<void> {
    // A server that only reads is of no use.
    await this.#parts.writer.run((client) => client.query("UPDATE write_probe SET writes = writes + 1"));
    await this.#onPool((client) => client.query("SELECT 1"));
  }

  override close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // A server that does not answer does not say goodbye either.
    const timer = setTimeout(() => this.#clients.forEach(cut), this.#parts.jobTimeoutMs);
    try {
      await this.#parts.pool.end();
    } finally {
      clearTimeout(timer);
      await this.#parts.writer.close();
    }
  }

  protected override async perform<Name extends OperationName>(name: Name, ...args: ArgsOf<Name>): Promise<ResultOf<Name>> {
    const { access, run } = OPERATIONS[name] as unknown as Operation<ArgsOf<Name>, ResultOf<Name>>;
    if (access === "read") return this.#onPool((client) => run(createPostgresSql(client), ...args));
    // Only the holder of the lock may write; if it was lost this takes it again or says who has it.
    if (!this.#parts.writer.ready) await this.#parts.writer.run(async () => undefined);
    return this.#onPool((client) => inTransaction(client, () => run(createPostgresSql(client), ...args)));
  }

  async #onPool<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const { pool, database, maxWaiting, jobTimeoutMs } = this.#parts;
    if (this.#closed !== undefined) throw new StoreUnavailableError(`Cannot use ${database}: the store is closed.`);
    if (pool.waitingCount >= maxWaiting) {
      throw new StoreUnavailableError(`${maxWaiting} calls wait for a connection to ${database} already; try again later.`);
    }
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
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
}
