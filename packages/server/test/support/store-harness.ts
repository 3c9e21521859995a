import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openPostgresStore } from "../../src/store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { administer, startTestPostgres } from "./postgres.ts";

/** A store on a database of its own. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens another on the same database, as a restart of the broker does. */
  reopen(): Promise<Store>;
  /** Changes the database behind the store's back. */
  execute(statement: string): Promise<void>;
  count(table: string): Promise<number>;
  dispose(): Promise<void>;
}

export interface StoreHarness {
  readonly kind: Store["kind"];
  create(): Promise<StoreUnderTest>;
  stop(): Promise<void>;
}

export async function createSqliteHarness(): Promise<StoreHarness> {
  const folder = await mkdtemp(join(tmpdir(), "parl-test-store-"));
  let databases = 0;
  return {
    kind: "sqlite",
    async create() {
      databases += 1;
      const path = join(folder, `${databases}.db`);
      return storeUnderTest(() => openSqliteStore({ path, durability: "normal" }), {
        async query(statement) {
          const database = new DatabaseSync(path, { timeout: 5_000 });
          try {
            return database.prepare(statement).all();
          } finally {
            database.close();
          }
        },
      });
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function createPostgresHarness(): Promise<StoreHarness> {
  const server = await startTestPostgres();
  return {
    kind: "postgres",
    async create() {
      const url = await server.createDatabase();
      return storeUnderTest(() => openPostgresStore({ url, durability: "normal", applicationName: "parlatory test" }), {
        query: async (statement) => (await administer(url, statement)).rows as Record<string, unknown>[],
      });
    },
    stop: () => server.stop(),
  };
}

async function storeUnderTest(
  open: () => Promise<Store>,
  database: { query(statement: string): Promise<Record<string, unknown>[]> },
): Promise<StoreUnderTest> {
  let store = await open();
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async execute(statement) {
      await database.query(statement);
    },
    async count(table) {
      const [row] = await database.query(`SELECT count(*) AS rows FROM ${table}`);
      return Number(row?.["rows"]);
    },
    dispose: () => store.close(),
  };
}
