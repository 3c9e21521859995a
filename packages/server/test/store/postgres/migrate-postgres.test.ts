import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Migration } from "../../../src/store/migrations/plan-migrations.ts";
import { migratePostgres } from "../../../src/store/postgres/migrate-postgres.ts";
import { POSTGRES_MIGRATIONS } from "../../../src/store/postgres/migrations/postgres-migrations.ts";
import { openPostgresStore } from "../../../src/store/postgres/open-postgres-store.ts";
import { StoreLockedError, StoreMigrationError } from "../../../src/store/store-errors.ts";
import { administer, startTestPostgres, type TestPostgres } from "../../support/postgres.ts";

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

async function migrate(url: string, known?: readonly Migration[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await migratePostgres(client, "test", known);
  } finally {
    await client.end();
  }
}

async function schemaOf(url: string): Promise<unknown[]> {
  const columns = await administer(
    url,
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
  );
  const indexes = await administer(
    url,
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
  );
  const migrations = await administer(url, "SELECT name, hash FROM migrations ORDER BY n");
  return [...columns.rows, ...indexes.rows, ...migrations.rows] as unknown[];
}

test("[DB-3] twenty migrations of one empty database at once leave one schema", async () => {
  const [together, alone] = [await server.createDatabase(), await server.createDatabase()];
  await Promise.all(Array.from({ length: 20 }, () => migrate(together)));
  await migrate(alone);
  expect(await schemaOf(together)).toEqual(await schemaOf(alone));
});

test("[DB-3] twenty starts at once on a database from before the remote bring it up to date once and keep what it holds", async () => {
  const [older, fresh] = [await server.createDatabase(), await server.createDatabase()];
  await migrate(older, POSTGRES_MIGRATIONS.slice(0, 1));
  await administer(older, "INSERT INTO write_probe (writes) VALUES (41)");
  await Promise.all(Array.from({ length: 20 }, () => migrate(older)));
  await migrate(fresh);
  expect(await schemaOf(older)).toEqual(await schemaOf(fresh));
  const { rows } = await administer(older, "SELECT writes::int FROM write_probe ORDER BY writes");
  expect(rows).toEqual([{ writes: 0 }, { writes: 41 }]);
  expect((await administer(older, "SELECT wrong FROM remote_pair_tries")).rows).toEqual([{ wrong: 0 }]);
});

test("[DB-3] twenty brokers that start at once on an empty database: one serves, the others say who does", async () => {
  const url = await server.createDatabase();
  const opened = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      openPostgresStore({ url, durability: "normal", applicationName: `broker ${index}` }),
    ),
  );
  const stores = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  expect(stores).toHaveLength(1);
  const refusals = opened.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  expect(refusals.filter((error) => error instanceof StoreLockedError)).toHaveLength(19);
  await stores[0]?.close();
});

test("[DB-3] a failing migration changes nothing", async () => {
  const url = await server.createDatabase();
  await migrate(url);
  const before = await schemaOf(url);
  const broken: Migration = {
    name: "0002-broken",
    statements: ["CREATE TABLE half (x text)", "CREATE TABLE half (x text)"],
  };
  await expect(migrate(url, [...POSTGRES_MIGRATIONS, broken])).rejects.toThrow("half");
  expect(await schemaOf(url)).toEqual(before);
});

test("[DB-3] a database of a newer program, or with a changed old migration, stops the start and stays as it is", async () => {
  const url = await server.createDatabase();
  await migrate(url, [...POSTGRES_MIGRATIONS, { name: "0002-future", statements: ["CREATE TABLE future (x text)"] }]);
  const before = await schemaOf(url);
  const opening = openPostgresStore({ url, durability: "normal", applicationName: "x" });
  await expect(opening).rejects.toThrow(StoreMigrationError);
  await expect(opening).rejects.toThrow(/0002-future.*newer Parlatory/);
  expect(await schemaOf(url)).toEqual(before);
  await administer(url, "DELETE FROM migrations WHERE name = '0002-future'");
  await administer(url, "UPDATE migrations SET hash = 'x'");
  await expect(openPostgresStore({ url, durability: "normal", applicationName: "x" })).rejects.toThrow(
    StoreMigrationError,
  );
});

test("[DB-3] instants are timestamptz in every table", async () => {
  const url = await server.createDatabase();
  await migrate(url);
  const { rows } = await administer(
    url,
    "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_schema = 'public' AND (column_name LIKE '%\\_at' OR column_name IN ('at', 'lease_until')) AND NOT (table_name = 'messages' AND column_name = 'sent_at')",
  );
  expect(rows).toEqual([{ data_type: "timestamp with time zone" }]);
});
