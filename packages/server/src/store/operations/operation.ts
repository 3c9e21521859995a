import type { Sql } from "../sql.ts";

/**
 * One store call outside the hot path: `write` runs in a transaction of its own, `read` sees one snapshot at most. A
 * `glance` is a read that finds its rows by their key, or comes before anybody writes: SQLite's writer may do it too.
 */
export interface Operation<Args extends readonly unknown[], Result> {
  readonly access: "read" | "glance" | "write";
  readonly run: (sql: Sql, ...args: Args) => Promise<Result>;
}

export function read<Args extends readonly unknown[], Result>(
  run: (sql: Sql, ...args: Args) => Promise<Result>,
): Operation<Args, Result> {
  return { access: "read", run };
}

export function glance<Args extends readonly unknown[], Result>(
  run: (sql: Sql, ...args: Args) => Promise<Result>,
): Operation<Args, Result> {
  return { access: "glance", run };
}

export function write<Args extends readonly unknown[], Result>(
  run: (sql: Sql, ...args: Args) => Promise<Result>,
): Operation<Args, Result> {
  return { access: "write", run };
}
