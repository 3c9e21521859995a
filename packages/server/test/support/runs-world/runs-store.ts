import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../../src/store/store.ts";

/** A real store for the worlds of one test file. */
export interface RunsStore {
  readonly store: Store;
  /** Forgets everything of the remote. */
  empty(): void;
  close(): Promise<void>;
}

export async function openRunsStore(): Promise<RunsStore> {
  const folder = await mkdtemp(join(tmpdir(), "parl-test-runs-store-"));
  const path = join(folder, "parl.db");
  const store = await openSqliteStore({ path, durability: "normal" });
  return {
    store,
    empty: () => {
      const database = new DatabaseSync(path, { timeout: 5_000 });
      try {
        const tables = database
          .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'remote\\_%' ESCAPE '\\'")
          .all();
        for (const { name } of tables) database.exec(`DELETE FROM ${String(name)}`);
      } finally {
        database.close();
      }
    },
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
