import type pg from "pg";
import { migrationHash, planMigrations, type AppliedMigration, type Migration } from "../migrations/plan-migrations.ts";
import { POSTGRES_MIGRATIONS } from "./migrations/postgres-migrations.ts";

/** Held for the transaction, so that of several programs that start at once one migrates and the others find it done. */
const MIGRATION_LOCK = 7_900_001;

/**
 * Brings a database up to date in one transaction; after a failure nothing has changed.
 * @throws StoreMigrationError when the database is not one this program can use ([DB-3]).
 */
export async function migratePostgres(
  client: pg.ClientBase,
  database: string,
  known: readonly Migration[] = POSTGRES_MIGRATIONS,
): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    const { rows } = await client.query<{ recorded: boolean }>(
      "SELECT to_regclass('migrations') IS NOT NULL AS recorded",
    );
    const recorded = rows[0]?.recorded === true;
    const applied = recorded
      ? (await client.query<AppliedMigration>("SELECT name, hash FROM migrations ORDER BY n")).rows
      : [];
    const missing = planMigrations(known, applied, database);
    if (!recorded) {
      await client.query(
        `CREATE TABLE migrations (
          n integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, hash text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )`,
      );
    }
    for (const migration of missing) {
      for (const statement of migration.statements) await client.query(statement);
      await client.query("INSERT INTO migrations (name, hash) VALUES ($1, $2)", [
        migration.name,
        migrationHash(migration),
      ]);
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
