/**
 * `PARL_HOME/config.json` on disk [CLI-4]: whole or not at all, 0600, one writer at a time, and never a word written over
 * a file that cannot be read. It must not know what the entries mean.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, filesystemError, isSystemError } from "../harness/error.ts";
import { emptyConfig, parseConfig, type Config } from "./config.ts";
import { withFileLock } from "./file-lock.ts";
import { writePrivateFile } from "./write-private-file.ts";

/** Absolute path of the config file. */
export function configPath(home: string): string {
  return join(home, "config.json");
}

/** The config, empty when there is no file. Errors: `invalid_config`, `filesystem`. Creates nothing. */
export async function loadConfig(home: string): Promise<Config> {
  const path = configPath(home);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "ENOENT") return emptyConfig;
    throw filesystemError(cause, { target: path, operation: "read" });
  }
  const parsed = parseConfig(text);
  if (parsed.ok) return parsed.config;
  throw new CommandError({
    kind: "invalid_config",
    target: path,
    message: `the config ${path} ${parsed.problem}; nothing was changed`,
  });
}

/**
 * Changes the config under a lock and answers it as it is then. `change` gets the current one and spreads what it keeps;
 * returning the very same object writes nothing. Makes `home` (0700). Errors: those of `loadConfig`, `filesystem`.
 */
export async function changeConfig(
  home: string,
  change: (config: Config) => Config | Promise<Config>,
): Promise<Config> {
  const path = configPath(home);
  await mkdir(home, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw filesystemError(cause, { target: home, operation: "mkdir" });
  });
  return withFileLock(`${path}.lock`, async () => {
    const before = await loadConfig(home);
    const after = await change(before);
    if (after !== before) await writePrivateFile(path, `${JSON.stringify(after, null, 2)}\n`);
    return after;
  });
}
