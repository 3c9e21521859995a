import { closeSync, openSync } from "node:fs";
import type { StoreDurability } from "../durability.ts";
import { OperationStore } from "../operation-store.ts";
import { OPERATIONS, type ArgsOf, type OperationName, type ResultOf } from "../operations/operations.ts";
import { StoreUnavailableError, type CommitBatch, type DuplicateMessage, type Store } from "../store.ts";
import { acquireDatabaseLock, type DatabaseLock } from "./database-lock.ts";
import { toSqliteBatch } from "./sqlite-batch.ts";
import { SqliteChannel } from "./sqlite-channel.ts";
import type { SqliteWorkerTask } from "./sqlite-worker-protocol.ts";

export interface SqliteStoreOptions {
  /** Made with mode 0600 if it is not there; its folder must be. */
  path: string;
  durability: StoreDurability;
  /** Jobs that may wait for each of the two workers; beyond that calls are refused. */
  maxWaitingJobs?: number;
  /** How long to wait for a lock that another program, such as a backup, holds on the file; [DB-5] wants less than 5,000. */
  busyTimeoutMs?: number;
  /** The file grows to at most so many pages of 4 KiB; then writes are refused as if the disk were full. */
  maxPages?: number;
}

const MAX_WAITING_JOBS = 4_096;
/**
 * Delivery does not wait for the reader, so it is started when something is asked, within some 30 ms, and let go when
 * nothing was asked for long ([PERF-9]). Not sooner: threads that come and go are what the runtime is least tested with
 * (decision 8).
 */
const READER_RESTS_AFTER_MS = 600_000;
const BUSY_TIMEOUT_MS = 3_000;

/**
 * Opens the SQLite store and makes this process its only broker until `close`.
 * @throws StoreLockedError when another broker has it, StoreMigrationError when this program cannot use it,
 * StoreUnavailableError when the file cannot be opened or written.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const {
    path,
    durability,
    maxPages,
    maxWaitingJobs: maxWaiting = MAX_WAITING_JOBS,
    busyTimeoutMs = BUSY_TIMEOUT_MS,
  } = options;
  const lock = acquireDatabaseLock(path);
  const worker = { path, durability, busyTimeoutMs, maxPages };
  try {
    createFile(path);
    const writer = await SqliteChannel.open({ worker: { ...worker, role: "writer", migrate: true }, maxWaiting });
    const reader = SqliteChannel.resting({
      worker: { ...worker, role: "reader", migrate: false },
      maxWaiting,
      restAfterMs: READER_RESTS_AFTER_MS,
    });
    return new SqliteStore({ path, writer, reader, lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function createFile(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    throw new StoreUnavailableError(`Cannot open the database ${path} for writing.`, { cause });
  }
}

interface SqliteStoreParts {
  path: string;
  writer: SqliteChannel;
  reader: SqliteChannel;
  lock: DatabaseLock;
}

/** The store on one SQLite file: a writer that commits in order and a reader beside it, each in a thread of its own. */
export class SqliteStore extends OperationStore {
  override readonly kind: Store["kind"] = "sqlite";
  readonly #parts: SqliteStoreParts;

  constructor(parts: SqliteStoreParts) {
    super();
    this.#parts = parts;
  }

  /** Jobs that wait, for a gauge. */
  get queuedJobs(): { writer: number; reader: number } {
    return { writer: this.#parts.writer.waiting, reader: this.#parts.reader.waiting };
  }

  override async commit(batch: CommitBatch): Promise<DuplicateMessage[]> {
    const job = { kind: "commit", batch: toSqliteBatch(batch) } as const;
    return (await this.#parts.writer.request(job)) as DuplicateMessage[];
  }

  override async settleMessages(...[meshId, seqs, settledAt]: Parameters<Store["settleMessages"]>): Promise<void> {
    if (seqs.length > 0) await this.#parts.writer.request({ kind: "settle", meshId, seqs, settledAt });
  }

  /** The copy is made by a thread of its own, so that neither commits nor recalls wait for it. */
  override async backupTo(path: string): Promise<void> {
    const worker: SqliteWorkerTask = {
      path: this.#parts.path,
      role: "writer",
      durability: "normal",
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      migrate: false,
    };
    const channel = await SqliteChannel.open({ worker, maxWaiting: 1 });
    try {
      await channel.request({ kind: "backup", path });
    } finally {
      await channel.close();
    }
  }

  override async ping(): Promise<void> {
    await this.#parts.writer.request({ kind: "ping" });
    await this.#parts.reader.request({ kind: "ping" });
  }

  override async close(): Promise<void> {
    try {
      await this.#parts.reader.close();
      await this.#parts.writer.close();
    } finally {
      this.#parts.lock.release();
    }
  }

  protected override async perform<Name extends OperationName>(
    name: Name,
    ...args: ArgsOf<Name>
  ): Promise<ResultOf<Name>> {
    const { writer, reader } = this.#parts;
    const { access } = OPERATIONS[name];
    // A reader that rests is not started for a glance: its thread holds 10 MB ([PERF-9]).
    const channel = access === "write" || (access === "glance" && reader.isResting) ? writer : reader;
    return (await channel.request({ kind: "operation", name, args })) as ResultOf<Name>;
  }
}
