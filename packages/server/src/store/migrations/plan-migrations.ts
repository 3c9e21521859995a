import { createHash } from "node:crypto";
import { StoreMigrationError } from "../store-errors.ts";

/** One numbered step of the schema. Once released it never changes: what comes later is a new migration. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

export interface AppliedMigration {
  name: string;
  hash: string;
}

/** The fingerprint of a migration's content. */
export function migrationHash(migration: Migration): string {
  return createHash("sha256").update(JSON.stringify(migration.statements)).digest("hex");
}

/**
 * Compares what a database has with what this program knows, both in order, and answers what is missing.
 * @throws StoreMigrationError when the database is not a state this program could have made ([DB-3]).
 */
export function planMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
  database: string,
): Migration[] {
  for (const [index, { name, hash }] of applied.entries()) {
    const migration = known[index];
    if (migration === undefined) {
      throw new StoreMigrationError(
        `Cannot open ${database}: it has the migration "${name}", which this program does not know. A newer Parlatory wrote it. ` +
          "Nothing was changed. Start that version or a later one, or restore a backup made before the upgrade.",
      );
    }
    if (migration.name !== name || migrationHash(migration) !== hash) {
      throw new StoreMigrationError(
        `Cannot open ${database}: migration ${index + 1} was applied as "${name}" with another content than this program's ` +
          `"${migration.name}". Nothing was changed. Start the version of Parlatory that made the database, or restore a backup.`,
      );
    }
  }
  return known.slice(applied.length);
}
