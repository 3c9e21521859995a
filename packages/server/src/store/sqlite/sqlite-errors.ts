/** Primary result codes of SQLite that say: not now. Everything else is a defect of ours. */
const REFUSALS = new Map([
  [5, "the database is locked by another process"],
  [6, "a table of the database is locked"],
  [7, "out of memory"],
  [8, "the database is read-only"],
  [10, "the disk reported an error"],
  [11, "the database file is damaged"],
  [13, "the disk is full"],
  [14, "the database file cannot be opened"],
  [26, "the file is not a database"],
]);

/** Refusals after which the open file may not be the one at the path any more, or not be readable through this handle. */
const SPOILING = new Set([8, 10, 11, 14, 26]);

interface SqliteError extends Error {
  code: "ERR_SQLITE_ERROR";
  errcode: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR" && "errcode" in error;
}

/** Why the database cannot be used now, or undefined when the error says something else ([DB-5]). */
export function refusal(error: unknown): string | undefined {
  // The low byte is the primary code, the rest says where exactly.
  return isSqliteError(error) ? REFUSALS.get(error.errcode & 0xff) : undefined;
}

/** Tells whether the connection should be opened anew before the next use. */
export function spoilsConnection(error: unknown): boolean {
  return isSqliteError(error) && SPOILING.has(error.errcode & 0xff);
}
