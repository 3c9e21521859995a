import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Migration } from "../../../src/store/migrations/plan-migrations.ts";
import { migrateSqlite } from "../../../src/store/sqlite/migrate-sqlite.ts";
import { SQLITE_MIGRATIONS } from "../../../src/store/sqlite/migrations/sqlite-migrations.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import { SqliteConnection } from "../../../src/store/sqlite/sqlite-connection.ts";
import { StoreMigrationError } from "../../../src/store/store-errors.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-test-migrate-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function connect(path: string): SqliteConnection {
  return new SqliteConnection({ path, role: "writer", durability: "normal", busyTimeoutMs: 10_000 });
}

function schemaOf(path: string): unknown[] {
  const database = new DatabaseSync(path);
  try {
    return [
      ...database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all(),
      ...database.prepare("SELECT name, hash FROM migrations").all(),
    ];
  } finally {
    database.close();
  }
}

test("[DB-3] twenty migrations of one new file at once leave one schema", async () => {
  const path = join(folder, "twenty.db");
  const script = fileURLToPath(new URL("./migrate-once.ts", import.meta.url));
  const results = await Promise.all(
    Array.from(
      { length: 20 },
      () =>
        new Promise((resolve) => new Worker(script, { workerData: path }).on("message", resolve).on("error", resolve)),
    ),
  );
  expect(results).toEqual(Array.from({ length: 20 }, () => "migrated"));
  const single = join(folder, "single.db");
  const connection = connect(single);
  migrateSqlite(connection, single);
  connection.close();
  expect(schemaOf(path)).toEqual(schemaOf(single));
});

test("[DB-3] twenty starts at once on a database from before the remote bring it up to date once and keep what it holds", async () => {
  const path = join(folder, "older.db");
  const connection = connect(path);
  migrateSqlite(connection, path, SQLITE_MIGRATIONS.slice(0, 1));
  connection.database.exec("INSERT INTO write_probe (writes) VALUES (41)");
  connection.close();
  const script = fileURLToPath(new URL("./migrate-once.ts", import.meta.url));
  const results = await Promise.all(
    Array.from(
      { length: 20 },
      () =>
        new Promise((resolve) => new Worker(script, { workerData: path }).on("message", resolve).on("error", resolve)),
    ),
  );
  expect(results).toEqual(Array.from({ length: 20 }, () => "migrated"));
  const fresh = join(folder, "fresh.db");
  const other = connect(fresh);
  migrateSqlite(other, fresh);
  other.close();
  expect(schemaOf(path)).toEqual(schemaOf(fresh));
  const database = new DatabaseSync(path);
  expect(database.prepare("SELECT writes FROM write_probe ORDER BY writes").all()).toEqual([
    { writes: 0 },
    { writes: 41 },
  ]);
  expect(database.prepare("SELECT wrong FROM remote_pair_tries").all()).toEqual([{ wrong: 0 }]);
  database.close();
});

test("[DB-3] a failing migration changes nothing", () => {
  const path = join(folder, "failing.db");
  const connection = connect(path);
  migrateSqlite(connection, path);
  const before = schemaOf(path);
  const broken: Migration = { name: "0002-broken", statements: ["CREATE TABLE half (x)", "CREATE TABLE half (x)"] };
  expect(() => migrateSqlite(connection, path, [...SQLITE_MIGRATIONS, broken])).toThrow("half");
  expect(schemaOf(path)).toEqual(before);
  connection.close();
});

test("[DB-3] a database of a newer program stops the start with a message and stays as it is", async () => {
  const path = join(folder, "newer.db");
  const connection = connect(path);
  migrateSqlite(connection, path, [
    ...SQLITE_MIGRATIONS,
    { name: "0002-future", statements: ["CREATE TABLE future (x)"] },
  ]);
  connection.close();
  const before = schemaOf(path);
  const opening = openSqliteStore({ path, durability: "normal" });
  await expect(opening).rejects.toThrow(StoreMigrationError);
  await expect(opening).rejects.toThrow(/0002-future.*newer Parlatory/);
  expect(schemaOf(path)).toEqual(before);
});

test("[DB-3] a changed old migration stops the start", async () => {
  const path = join(folder, "changed.db");
  await (await openSqliteStore({ path, durability: "normal" })).close();
  const database = new DatabaseSync(path);
  database.exec("UPDATE migrations SET hash = 'x'");
  database.close();
  await expect(openSqliteStore({ path, durability: "normal" })).rejects.toThrow(StoreMigrationError);
});
