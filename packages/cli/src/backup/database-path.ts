import { join, resolve } from "node:path";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";

/** Absolute path of the SQLite database, by the rule of [WS-9]. Errors: `bad_request` when the server uses PostgreSQL. */
export function databasePath({
  env,
  home,
  workingDirectory,
}: Pick<CommandContext, "env" | "home" | "workingDirectory">): string {
  const { databaseUrl = "" } = env;
  if (databaseUrl === "") return join(home, "parl.db");
  if (databaseUrl.startsWith("sqlite:")) return resolve(workingDirectory, databaseUrl.slice("sqlite:".length));
  throw new CommandError({
    kind: "bad_request",
    target: "PARL_DATABASE_URL",
    message: "PARL_DATABASE_URL names no SQLite file, and backups hold SQLite databases only",
    hint: "use the database's own tools, such as `pg_dump` and `pg_restore`, and copy PARL_HOME/config.json and admin-token",
  });
}
