import { parentPort, workerData } from "node:worker_threads";
import { migrateSqlite } from "../../../src/store/sqlite/migrate-sqlite.ts";
import { SqliteConnection } from "../../../src/store/sqlite/sqlite-connection.ts";

// One of the programs that start at once on a new file.
const path = workerData as string;
const connection = new SqliteConnection({ path, role: "writer", durability: "normal", busyTimeoutMs: 10_000 });
migrateSqlite(connection, path);
connection.close();
parentPort?.postMessage("migrated");
