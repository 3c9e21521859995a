import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import type { TestServer } from "./server.ts";

/** Every row of every table as JSON, for a test of what is stored and what is not. The server may be running. */
export async function dumpDatabase(server: TestServer): Promise<string> {
  const url = server.env["PARL_DATABASE_URL"];
  return url === undefined ? dumpSqlite(join(server.home, "parl.db")) : dumpPostgres(url);
}

function dumpSqlite(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
    return rows.map((row) => JSON.stringify(row)).join("\n");
  } finally {
    database.close();
  }
}

async function dumpPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    );
    const lines: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ line: string }>(`SELECT row_to_json(t)::text AS line FROM ${name} t`);
      lines.push(...rows.map(({ line }) => line));
    }
    return lines.join("\n");
  } finally {
    await client.end();
  }
}
