/**
 * Settings that stand in `PARL_HOME/server.json`, nested by the dots of their names; an environment variable of the same name
 * (`remote.max_runs` is `PARL_REMOTE_MAX_RUNS`) wins. It knows where a value comes from; it must not know what it means.
 */
import { readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { ConfigError, type Environment } from "./config.ts";

export interface GivenSetting {
  readonly value: unknown;
  /** As it is named in an error. */
  readonly name: string;
}

export const SETTINGS_FILE_NAME = "server.json";

/**
 * Answers with what is given for a setting. Raises ConfigError for a file that cannot be read, and for a name in one of the
 * sections of `settings` that is none of them.
 */
export function readSettingsFile(
  env: Environment,
  home: string,
  settings: ReadonlySet<string>,
): (setting: string) => GivenSetting | undefined {
  const file = parseFile(join(home, SETTINGS_FILE_NAME));
  refuseUnknown(file, settings);
  return (setting) => {
    const variable = `PARL_${setting.toUpperCase().replaceAll(".", "_")}`;
    const text = env[variable]?.trim();
    if (text !== undefined && text !== "") return { value: fromText(text), name: variable };
    const [section = "", key = ""] = setting.split(".");
    const value = key === "" ? file[section] : (file[section] as Record<string, unknown> | undefined)?.[key];
    return value === undefined || value === null ? undefined : { value, name: `${setting} in ${SETTINGS_FILE_NAME}` };
  };
}

/** An absolute path; `~` is the user's home. Undefined for anything else. */
export function expandHome(path: unknown, userHome: string): string | undefined {
  if (typeof path !== "string") return undefined;
  const expanded = path === "~" || path.startsWith("~/") ? join(userHome, path.slice(1)) : path;
  return isAbsolute(expanded) ? resolve(expanded) : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new ConfigError(SETTINGS_FILE_NAME, `must be a file that can be read: ${path} cannot`, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words quote the text, which may hold a secret.
    throw new ConfigError(SETTINGS_FILE_NAME, `must hold JSON: ${path} does not`);
  }
  if (!isObject(value)) throw new ConfigError(SETTINGS_FILE_NAME, `must hold a JSON object: ${path} does not`);
  return value;
}

function refuseUnknown(file: Record<string, unknown>, settings: ReadonlySet<string>): void {
  const sections = new Set([...settings].filter((name) => name.includes(".")).map((name) => name.split(".")[0] ?? ""));
  for (const section of sections) {
    const values = file[section];
    if (values === undefined) continue;
    if (!isObject(values)) throw new ConfigError(`${section} in ${SETTINGS_FILE_NAME}`, "must be an object");
    for (const key of Object.keys(values)) {
      if (!settings.has(`${section}.${key}`)) {
        throw new ConfigError(`${section}.${key} in ${SETTINGS_FILE_NAME}`, "is no setting; its name may be misspelt");
      }
    }
  }
}

/** What JSON can say is read as JSON; anything else is a text. */
function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
