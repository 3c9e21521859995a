/** Entries of `.mcp.json`, the file in which a project names its MCP servers; its shape is the coding agents' own. */
import { expectObject, parseJsonObject, readSource, UnusableSource } from "../inventory/read-source.ts";

/** How to reach a server, every variable already replaced. */
export type McpEntry =
  | {
      readonly type: "stdio";
      readonly command: string;
      readonly arguments: readonly string[];
      /** Laid over the environment. */
      readonly environment: Readonly<Record<string, string>>;
    }
  | { readonly type: "http" | "sse"; readonly url: string; readonly headers: Readonly<Record<string, string>> };

export type McpEntryResult =
  | { readonly ok: true; readonly entry: McpEntry }
  /** `reason` is a sentence without its full stop. */
  | { readonly ok: false; readonly reason: string; readonly isUnknown: boolean };

/** How many servers a message names. */
const maxNames = 10;
/** `${NAME}`, and `${NAME:-text}` for a variable that may be missing. */
const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/gu;

/** The entry `server` of the file; `environment` is that of the server to be started. Never throws. */
export function readMcpEntry(
  file: string,
  server: string,
  environment: Readonly<Record<string, string>>,
): McpEntryResult {
  try {
    const text = readSource(file);
    if (text === undefined) return unknown(`there is no ${file}, which would have to name '${server}'`);
    const servers = expectObject(parseJsonObject(text)["mcpServers"] ?? {}, "`mcpServers`");
    if (Object.hasOwn(servers, server)) {
      return { ok: true, entry: readEntry(servers[server], new Expansion(environment)) };
    }
    const names = Object.keys(servers).toSorted().slice(0, maxNames);
    const known = names.length === 0 ? "none at all" : names.map((name) => `'${name}'`).join(", ");
    return unknown(`${file} has no entry '${server}'; it has ${known}`);
  } catch (thrown) {
    if (thrown instanceof UnusableSource) return wrong(`${file}: ${thrown.message}`);
    if (thrown instanceof EntryProblem) return wrong(`the entry '${server}' of ${file} ${thrown.message}`);
    throw thrown;
  }
}

/** Completes "the entry … of …". */
class EntryProblem extends Error {}

class Expansion {
  readonly #environment: Readonly<Record<string, string>>;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  text(key: string, value: unknown): string {
    if (typeof value !== "string") throw new EntryProblem(`has no text \`${key}\``);
    return value.replace(reference, (_all, name: string, fallback: string | undefined) => {
      const found = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
      // An empty variable gives way to the fallback, as in a shell.
      const text = found === "" ? (fallback ?? "") : (found ?? fallback);
      if (text === undefined) throw new EntryProblem(`needs the environment variable ${name} for \`${key}\``);
      return text;
    });
  }

  list(key: string, value: unknown): string[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw new EntryProblem(`has \`${key}\` that is no array`);
    return value.map((item: unknown) => this.text(key, item));
  }

  record(key: string, value: unknown): Record<string, string> {
    if (value === undefined) return {};
    if (!isObject(value)) throw new EntryProblem(`has \`${key}\` that is no object`);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.text(`${key}.${name}`, item)]));
  }
}

function readEntry(value: unknown, expansion: Expansion): McpEntry {
  if (!isObject(value)) throw new EntryProblem("is no object");
  const { type = value["url"] === undefined ? "stdio" : "http" } = value;
  if (type === "stdio") {
    return {
      type,
      command: expansion.text("command", value["command"]),
      arguments: expansion.list("args", value["args"]),
      environment: expansion.record("env", value["env"]),
    };
  }
  // Both names of the same thing are in use.
  const known = type === "streamable-http" ? "http" : type;
  if (known !== "http" && known !== "sse") throw new EntryProblem("has a `type` other than stdio, http and sse");
  const url = expansion.text("url", value["url"]);
  if (!/^https?:\/\//iu.test(url) || !URL.canParse(url)) throw new EntryProblem("has a `url` that is no http address");
  return { type: known, url, headers: expansion.record("headers", value["headers"]) };
}

function unknown(reason: string): McpEntryResult {
  return { ok: false, reason, isUnknown: true };
}

function wrong(reason: string): McpEntryResult {
  return { ok: false, reason, isUnknown: false };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
