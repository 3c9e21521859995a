import { join } from "node:path";
import { openPostgresStore } from "../../src/store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { startTestPostgres } from "./postgres.ts";

export const STORE_KINDS = ["sqlite", "postgres"] as const;

/** Where a test file gets its stores from; stop it in `afterAll`. */
export interface StoreSource {
  /** Opens a store: SQLite in the folder, PostgreSQL in a new database. */
  open: (folder: string) => Promise<Store>;
  stop(): Promise<void>;
}

export async function startStoreSource(kind: (typeof STORE_KINDS)[number]): Promise<StoreSource> {
  if (kind === "sqlite") {
    return {
      open: (folder) => openSqliteStore({ path: join(folder, "parl.db"), durability: "normal" }),
      stop: async () => undefined,
    };
  }
  const postgres = await startTestPostgres();
  return {
    open: async () =>
      openPostgresStore({ url: await postgres.createDatabase(), durability: "normal", applicationName: "parl test" }),
    stop: () => postgres.stop(),
  };
}

/** Where a test file gets the databases of whole servers from; stop it in `afterAll`. */
export interface DatabaseSource {
  /** For `startTestServer`: undefined for SQLite, which the server makes in its home, else a new database. */
  createUrl: () => Promise<string | undefined>;
  stop(): Promise<void>;
}

export async function startDatabaseSource(kind: (typeof STORE_KINDS)[number]): Promise<DatabaseSource> {
  if (kind === "sqlite") return { createUrl: async () => undefined, stop: async () => undefined };
  const postgres = await startTestPostgres();
  return { createUrl: () => postgres.createDatabase(), stop: () => postgres.stop() };
}
