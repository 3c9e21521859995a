/** The real server on an SQLite file that may grow to PARL_BENCH_MAX_PAGES pages and no further. */
import { startServer } from "../../packages/server/src/index.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open-sqlite-store.ts";

const maxPages = Number(process.env["PARL_BENCH_MAX_PAGES"]);
const server = await startServer({
  writeLog: (line) => process.stderr.write(line),
  openStore: ({ database, durability }) => {
    if (database.kind !== "sqlite") throw new Error("only an SQLite file can be kept from growing");
    return openSqliteStore({ path: database.path, durability, maxPages });
  },
});
process.on("message", (request) => {
  if (request === "stop") void server.stop().then(() => process.exit(0));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url: server.url });
