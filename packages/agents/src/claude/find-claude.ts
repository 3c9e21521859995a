import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that name the program, the first one that is set counts ([AGENT-4]). */
const variables = ["PARL_CLAUDE_PATH", "CLAUDE_CLI_PATH"] as const;

/** Where Claude Code is: a path, and a text that differs when another program stands there. */
export interface FoundClaude {
  readonly path: string;
  readonly fingerprint: string;
}

export type ClaudeSearch = { readonly ok: true; readonly found: FoundClaude } | { readonly ok: false; reason: string };

/** Looks for the program [AGENT-4]; `program`, a name or a path, goes before all else. */
export function findClaude(environment: Environment, program?: string): ClaudeSearch {
  if (program !== undefined) return search(environment, program, `'${program}' is no program that can be run`);
  for (const variable of variables) {
    const named = environment[variable];
    if (named === undefined || named === "") continue;
    return search(environment, named, `${variable} names '${named}', which is no program that can be run`);
  }
  const home = environment["HOME"];
  const local = home === undefined || home === "" ? [] : [join(home, ".claude", "local", "claude")];
  const found = [...onPath(environment, "claude"), ...local].map(look).find((item) => item !== undefined);
  if (found !== undefined) return { ok: true, found };
  return { ok: false, reason: "there is no such program on PATH" };
}

function search(environment: Environment, named: string, reason: string): ClaudeSearch {
  const paths = named.includes("/") ? [resolve(named)] : onPath(environment, named);
  const found = paths.map(look).find((item) => item !== undefined);
  return found === undefined ? { ok: false, reason } : { ok: true, found };
}

function onPath(environment: Environment, name: string): string[] {
  const folders = (environment["PATH"] ?? "").split(delimiter);
  return folders.filter(isAbsolute).map((folder) => join(folder, name));
}

function look(path: string): FoundClaude | undefined {
  try {
    accessSync(path, constants.X_OK);
    const stats = statSync(path);
    const { dev, ino, size, mtimeMs } = stats;
    return stats.isFile() ? { path, fingerprint: [path, dev, ino, size, mtimeMs].join(":") } : undefined;
  } catch {
    return undefined;
  }
}
