import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CommandContext } from "../harness/context.ts";

type Program = Pick<CommandContext, "home" | "env" | "program" | "pid">;

/**
 * Writes `PARL_HOME/bin/parl`, which starts this very program, and answers its absolute path. Agents run it as MCP server and
 * from hooks, where `parl` and a new enough runtime need not be on PATH and `PARL_HOME` need not be set.
 */
export async function writeProgramLauncher(context: Program): Promise<string> {
  const path = join(context.home, "bin", "parl");
  const text = launcherText(context);
  const present = await readFile(path, "utf8").catch(() => undefined);
  if (present === text) return path;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Renamed into place: a hook may be reading the old one at this moment.
  const temporary = `${path}.${context.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o700 });
  await chmod(temporary, 0o700);
  await rename(temporary, path);
  return path;
}

function launcherText({ home, env, program }: Program): string {
  const { runtime, runtimeArguments, entry } = program;
  const rest = [...runtimeArguments, entry].map(quote).join(" ");
  const isMoved = env.home !== undefined && env.home !== "";
  return [
    "#!/bin/sh",
    "# Starts parl for agents and their hooks. Written by `parl install` and `parl launch`; not to be edited.",
    ...(isMoved ? [`PARL_HOME=\${PARL_HOME:-${quote(home)}}`, "export PARL_HOME"] : []),
    `[ -x ${quote(runtime)} ] && exec ${quote(runtime)} ${rest} "$@"`,
    `exec node ${rest} "$@"`,
    "",
  ].join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
