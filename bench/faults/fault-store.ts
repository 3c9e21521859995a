export interface FaultStore {
  name: "SQLite" | "PostgreSQL";
  /** A fresh database for each broker; undefined for SQLite. */
  createDatabase: () => Promise<string | undefined>;
}

export const SQLITE: FaultStore = { name: "SQLite", createDatabase: () => Promise.resolve(undefined) };
