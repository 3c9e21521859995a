import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { StoreDurability } from "../durability.ts";
import { refusal } from "./sqlite-errors.ts";

export interface SqliteConnectionOptions {
  path: string;
  /** A reader never writes: with WAL it neither waits for the writer nor holds it up. */
  role: "writer" | "reader";
  durability: StoreDurability;
  /** How long to wait for somebody else's lock before the call is refused. */
  busyTimeoutMs: number;
  /** The file grows to at most so many pages of 4 KiB; then writes are refused as if the disk were full. */
  maxPages?: number | undefined;
}

/** Per connection: more was measured not to commit or recall faster, and [PERF-9] counts it. */
const CACHE_KIB = 2_048;
/** The log is checkpointed at 4 MiB; after a burst the file shrinks back to this. */
const JOURNAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** One connection that opens itself when first used and again after a failure that may have spoilt it. */
export class SqliteConnection {
  readonly #options: SqliteConnectionOptions;
  readonly #statements = new Map<string, StatementSync>();
  #database: DatabaseSync | undefined;

  constructor(options: SqliteConnectionOptions) {
    this.#options = options;
  }

  get database(): DatabaseSync {
    this.#database ??= openDatabase(this.#options);
    return this.#database;
  }

  prepare(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /** Runs in one transaction; a writer's takes the write lock at once, so that it cannot fail half-way for a lock. */
  transaction<Result>(work: () => Result): Result {
    this.begin();
    let result: Result;
    try {
      result = work();
      this.commit();
    } catch (error) {
      this.rollback();
      throw error;
    }
    return result;
  }

  begin(): void {
    this.prepare(this.#options.role === "writer" ? "BEGIN IMMEDIATE" : "BEGIN").run();
  }

  commit(): void {
    this.prepare("COMMIT").run();
  }

  /** Leaves no transaction open, whatever state the failure left. */
  rollback(): void {
    // SQLite rolls back by itself when a disk is full or fails.
    if (this.#database?.isTransaction === true) this.#database.exec("ROLLBACK");
  }

  /** Forgets a connection whose file can no longer be trusted to be what it was; the next call opens a new one. */
  abandon(): void {
    this.#statements.clear();
    const database = this.#database;
    this.#database = undefined;
    database?.close();
  }

  close(): void {
    if (this.#database !== undefined && this.#options.role === "writer") {
      try {
        this.#database.exec("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
      } catch (error) {
        // The log stays beside the database and is read at the next start: nothing is lost.
        if (refusal(error) === undefined) throw error;
      }
    }
    this.abandon();
  }
}

function openDatabase({ path, role, durability, busyTimeoutMs, maxPages }: SqliteConnectionOptions): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${durability === "strict" ? "FULL" : "NORMAL"}`);
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    database.exec(`PRAGMA journal_size_limit = ${JOURNAL_LIMIT_BYTES}`);
    database.exec("PRAGMA temp_store = MEMORY");
    if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
    if (role === "reader") database.exec("PRAGMA query_only = ON");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
