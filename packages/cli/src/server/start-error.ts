import { CommandError } from "../harness/error.ts";

/**
 * A server that could not start, for whoever started it: its own errors say which setting or file is at fault ([WS-1],
 * [DB-4]); anything else is a defect and stays what it is. Known by name, because their classes come with the server.
 */
export function toStartError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !Object.hasOwn(hints, thrown.name)) return thrown;
  const target = "setting" in thrown && typeof thrown.setting === "string" ? thrown.setting : "server";
  return new CommandError({
    kind: "server_start_failed",
    target,
    message: `the server cannot start: ${thrown.message}`,
    hint: hints[thrown.name],
    cause: thrown,
  });
}

const hints: Readonly<Record<string, string>> = {
  ConfigError: "correct that setting, then run `parl up` again; `--host` and `--port` set address and port",
  StoreLockedError: "stop that process, or give this server a database of its own with PARL_DATABASE_URL",
  StoreMigrationError: "update `parl` to the version that wrote the database, or restore a backup of it",
  StoreUnavailableError:
    "check the database that PARL_DATABASE_URL names (default: PARL_HOME/parl.db), then run `parl up` again",
};
