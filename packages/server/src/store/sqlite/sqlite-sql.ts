import type { SQLInputValue } from "node:sqlite";
import { Instant, storableText, type Sql, type SqlValue } from "../sql.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";
import { sqliteMemoryIndex } from "./sqlite-memory-index.ts";

/** The common ground of `Sql` on one connection; the promises are resolved already, since SQLite answers at once. */
export function createSqliteSql(connection: SqliteConnection): Sql {
  const translations = new Map<string, string>();

  function prepare(text: string) {
    let translated = translations.get(text);
    if (translated === undefined) {
      translated = text.replaceAll("= ANY(?)", "IN (SELECT value FROM json_each(?))");
      translations.set(text, translated);
    }
    return connection.prepare(translated);
  }

  return {
    memoryIndex: sqliteMemoryIndex,
    async all<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
      return prepare(text).all(...values.map(toInput)) as Row[];
    },
    async first<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row | undefined> {
      return prepare(text).get(...values.map(toInput)) as Row | undefined;
    },
    async run(text: string, values: readonly SqlValue[] = []): Promise<number> {
      return Number(prepare(text).run(...values.map(toInput)).changes);
    },
    async lock(): Promise<void> {
      // A transaction that writes is the only one from its beginning.
    },
    async breathe(): Promise<void> {
      // The worker has nobody else to serve.
    },
  };
}

export function toInput(value: SqlValue): SQLInputValue {
  if (typeof value === "string") return storableText(value);
  if (typeof value === "number") return value;
  if (value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Instant ? value.ms : JSON.stringify(value);
}
