import type pg from "pg";
import type { StoreDurability } from "../durability.ts";
import { OperationStore } from "../operation-store.ts";
import type { Operation } from "../operations/operation.ts";
import { OPERATIONS, type ArgsOf, type OperationName, type ResultOf } from "../operations/operations.ts";
import { StoreUnavailableError, type CommitBatch, type DuplicateMessage, type Store } from "../store.ts";
import { migratePostgres } from "./migrate-postgres.ts";
import { SETTLE_MESSAGES, commitBatch, inTransaction } from "./postgres-commit.ts";
import { connectionConfig, describeDatabase } from "./postgres-connection.ts";
import { PostgresPool } from "./postgres-pool.ts";
import { createPostgresSql } from "./postgres-sql.ts";
import { PostgresWriter } from "./postgres-writer.ts";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with the parameters `pg` knows. */
  url: string;
  durability: StoreDurability;
  /** Shown by the server and named to a second broker: say which process this is. */
  applicationName: string;
  /** Calls that may wait for each kind of connection; beyond that they are refused. */
  maxWaitingJobs?: number;
  /** After this long without an answer a call is refused; [DB-5] wants less than 5,000 in all. */
  jobTimeoutMs?: number;
}

/** Changes outside the hot path keep no reader waiting; those of different sessions of the remote do not wait for each other. */
const CHANGING_CONNECTIONS = 4;
const READING_CONNECTIONS = 3;
const MAX_WAITING_JOBS = 4_096;
const JOB_TIMEOUT_MS = 2_500;

/**
 * Opens the PostgreSQL store (version 15 or later) and makes this process its only broker until `close`.
 * @throws StoreLockedError when another broker has it, StoreMigrationError when this program cannot use it,
 * StoreUnavailableError when it cannot be reached.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { maxWaitingJobs: maxWaiting = MAX_WAITING_JOBS, jobTimeoutMs = JOB_TIMEOUT_MS } = options;
  const config = connectionConfig(options);
  const database = describeDatabase(options.url);
  const writer = new PostgresWriter({ config: planOnce(config), database, maxWaiting, jobTimeoutMs });
  await writer.open();
  try {
    await writer.run((client) => migratePostgres(client, database));
  } catch (error) {
    await writer.close();
    throw error;
  }
  const bounds = { database, maxWaiting, jobTimeoutMs };
  const changing = new PostgresPool({ config: { ...config, max: CHANGING_CONNECTIONS }, ...bounds });
  const reading = new PostgresPool({ config: { ...config, max: READING_CONNECTIONS }, ...bounds });
  return new PostgresStore({ writer, changing, reading });
}

/**
 * A commit's plan does not depend on how many rows it brings. Left to itself the server thinks that it does, and plans again
 * for every commit of one message, which takes longer than the commit ([PERF-1]).
 */
function planOnce(config: pg.ClientConfig): pg.ClientConfig {
  return { ...config, options: `${config.options ?? ""} -c plan_cache_mode=force_generic_plan` };
}

interface PostgresStoreParts {
  writer: PostgresWriter;
  changing: PostgresPool;
  reading: PostgresPool;
}

/** The store on PostgreSQL: one connection that commits in order and holds the broker lock, others for the rest. */
export class PostgresStore extends OperationStore {
  override readonly kind: Store["kind"] = "postgres";
  readonly #parts: PostgresStoreParts;

  constructor(parts: PostgresStoreParts) {
    super();
    this.#parts = parts;
  }

  /** Calls that wait, for a gauge. */
  get queuedJobs(): { writer: number; reader: number } {
    const { writer, changing, reading } = this.#parts;
    return { writer: writer.waiting + changing.waiting, reader: reading.waiting };
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
    throw new StoreUnavailableError(
      "A PostgreSQL database is backed up with its own tools, such as pg_dump; backups to a file are for SQLite.",
    );
  }

  override async ping(): Promise<void> {
    // A server that only reads is of no use.
    await this.#parts.writer.run((client) => client.query("UPDATE write_probe SET writes = writes + 1"));
    await this.#parts.reading.use((client) => client.query("SELECT 1"));
  }

  override async close(): Promise<void> {
    const { writer, changing, reading } = this.#parts;
    await Promise.all([changing.close(), reading.close()]);
    await writer.close();
  }

  protected override async perform<Name extends OperationName>(
    name: Name,
    ...args: ArgsOf<Name>
  ): Promise<ResultOf<Name>> {
    const { writer, changing, reading } = this.#parts;
    const { access, run } = OPERATIONS[name] as unknown as Operation<ArgsOf<Name>, ResultOf<Name>>;
    if (access !== "write") return reading.use((client) => run(createPostgresSql(client), ...args));
    // Only the holder of the lock may write; if it was lost this takes it again or says who has it.
    if (!writer.ready) await writer.run(async () => undefined);
    return changing.use((client) => inTransaction(client, () => run(createPostgresSql(client), ...args)));
  }
}
