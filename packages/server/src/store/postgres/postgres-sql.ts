import type pg from "pg";
import { Instant, storableText, type Sql, type SqlValue } from "../sql.ts";
import { postgresMemoryIndex } from "./postgres-memory-index.ts";

interface Statement {
  name: string;
  text: string;
}

/** Texts are constants of the program, so there are as many as the program has queries. */
const STATEMENTS = new Map<string, Statement>();

/** The common ground of `Sql` on one connection, by prepared statements. */
export function createPostgresSql(client: pg.ClientBase): Sql {
  function query(text: string, values: readonly SqlValue[]): Promise<pg.QueryResult> {
    return client.query({ ...prepareStatement(text), values: values.map(toParameter) });
  }

  const sql: Sql = {
    memoryIndex: postgresMemoryIndex(client),
    async all<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
      return (await query(text, values)).rows as Row[];
    },
    async first<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row | undefined> {
      return (await query(text, values)).rows[0] as Row | undefined;
    },
    async run(text: string, values: readonly SqlValue[] = []): Promise<number> {
      return (await query(text, values)).rowCount ?? 0;
    },
    async lock(name: string): Promise<void> {
      await query("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", [name]);
    },
    breathe(): Promise<void> {
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
  return sql;
}

function prepareStatement(text: string): Statement {
  let statement = STATEMENTS.get(text);
  if (statement === undefined) {
    let parameters = 0;
    statement = { name: `parl_${STATEMENTS.size}`, text: text.replaceAll("?", () => `$${++parameters}`) };
    STATEMENTS.set(text, statement);
  }
  return statement;
}

function toParameter(value: SqlValue): unknown {
  if (typeof value === "string") return storableText(value);
  if (value instanceof Instant) return instantText(value.ms);
  return value ?? null;
}

/** An instant as PostgreSQL reads it; years beyond 9999 are written without the plus sign of ISO-8601. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString().replace(/^\+0*/, "");
}
