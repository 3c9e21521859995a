import { planMigrations, migrationHash, type AppliedMigration, type Migration } from "../migrations/plan-migrations.ts";
import { SQLITE_MIGRATIONS } from "./migrations/sqlite-migrations.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

/**
 * Brings a database up to date in one exclusive transaction: of several programs that start at once one does it and the
 * others find it done; after a failure nothing has changed.
 * @throws StoreMigrationError when the database is not one this program can use ([DB-3]).
 */
export function migrateSqlite(
  connection: SqliteConnection,
  path: string,
  known: readonly Migration[] = SQLITE_MIGRATIONS,
): void {
  connection.transaction(() => {
    const { database } = connection;
    const recorded =
      database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'").get() !== undefined;
    const applied = recorded
      ? (database.prepare("SELECT name, hash FROM migrations ORDER BY n").all() as unknown as AppliedMigration[])
      : [];
    const missing = planMigrations(known, applied, path);
    if (!recorded) {
      database.exec(
        "CREATE TABLE migrations (n INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT",
      );
    }
    for (const migration of missing) {
      for (const statement of migration.statements) database.exec(statement);
      database
        .prepare("INSERT INTO migrations (name, hash, applied_at) VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))")
        .run(migration.name, migrationHash(migration));
    }
  });
}
