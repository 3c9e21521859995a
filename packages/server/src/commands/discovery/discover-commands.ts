/**
 * What a project offers ([CMD-1], [CMD-2], [CMD-5]). Each source is on its own: where its file, its program or its answer is
 * missing it has no entries. Programs are asked without a shell and for 5 s at most.
 */
import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { join } from "node:path";
import type { Log, Scheduler } from "../../ports.ts";
import { captureProgram, type CapturedProgram } from "./capture-program.ts";
import { findProgram } from "./find-program.ts";
import { makeCommands } from "./make-commands.ts";
import { parseMakeDatabase } from "./make-database.ts";
import type { OfferedCommand } from "./offered-command.ts";
import { scriptCommands, type NamedScript } from "./script-commands.ts";

export interface DiscoveryOptions {
  /** Of the programs, without secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Evaluating a makefile may run code of the project ([CMD-2]). */
  readonly isMakeAllowed: boolean;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

const TIMEOUT_MS = 5_000;
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** More of one source is no list that anybody reads. */
const MAX_COMMANDS = 2_000;

/** In the order of the sources: make, npm, just, task. */
export async function discoverCommands(directory: string, options: DiscoveryOptions): Promise<OfferedCommand[]> {
  const source = async (name: string, find: () => Promise<OfferedCommand[]>): Promise<OfferedCommand[]> => {
    try {
      return (await find()).slice(0, MAX_COMMANDS);
    } catch (cause) {
      // Common enough in the middle of somebody's work; the reason is a text of theirs.
      options.log.debug("a source of commands gave no answer", { source: name, reason: reasonOf(cause) });
      return [];
    }
  };
  const found = await Promise.all([
    options.isMakeAllowed ? source("make", () => fromMake(directory, options)) : [],
    source("npm", () => fromPackageJson(directory, options)),
    source("just", () => fromJust(directory, options)),
    source("task", () => fromTask(directory, options)),
  ]);
  return found.flat();
}

async function fromMake(directory: string, options: DiscoveryOptions): Promise<OfferedCommand[]> {
  if (!(await hasOneOf(directory, ["GNUmakefile", "makefile", "Makefile"]))) return [];
  const make = await findProgram("make", options.environment["PATH"] ?? "");
  if (make === undefined) return [];
  const { exitCode, stdout } = await capture(make, ["-qp"], directory, options);
  return exitCode <= 2 ? makeCommands(parseMakeDatabase(stdout), make) : [];
}

/** A lock file beside the manifest tells the manager; npm's own comes last, being the one that is left by mistake. */
const managers = [
  ["pnpm", ["pnpm-lock.yaml"]],
  ["yarn", ["yarn.lock"]],
  ["bun", ["bun.lock", "bun.lockb"]],
] as const;

async function fromPackageJson(directory: string, options: DiscoveryOptions): Promise<OfferedCommand[]> {
  const text = await readManifest(join(directory, "package.json"));
  if (text === undefined) return [];
  let programName = "npm";
  for (const [manager, lockFiles] of managers) {
    if (programName === "npm" && (await hasOneOf(directory, lockFiles))) programName = manager;
  }
  const program = await findProgram(programName, options.environment["PATH"] ?? "");
  if (program === undefined) return [];
  const { scripts } = JSON.parse(text) as { scripts?: unknown };
  if (typeof scripts !== "object" || scripts === null || Array.isArray(scripts)) return [];
  const named = Object.entries(scripts).flatMap(([name, script]) => (typeof script === "string" ? [{ name }] : []));
  return scriptCommands(named, { group: "npm", programName, program, words: ["run"] });
}

async function fromJust(directory: string, options: DiscoveryOptions): Promise<OfferedCommand[]> {
  if (!(await hasOneOf(directory, ["justfile", "Justfile", "JUSTFILE", ".justfile"]))) return [];
  const just = await findProgram("just", options.environment["PATH"] ?? "");
  if (just === undefined) return [];
  const { exitCode, stdout } = await capture(just, ["--summary"], directory, options);
  if (exitCode !== 0) return [];
  const named = stdout
    .split(/\s+/)
    .filter((name) => name !== "")
    .map((name) => ({ name }));
  return scriptCommands(named, { group: "just", programName: "just", program: just, words: [] });
}

const taskfiles = ["Taskfile", "taskfile"].flatMap((stem) =>
  ["yml", "yaml", "dist.yml", "dist.yaml"].map((extension) => `${stem}.${extension}`),
);

async function fromTask(directory: string, options: DiscoveryOptions): Promise<OfferedCommand[]> {
  if (!(await hasOneOf(directory, taskfiles))) return [];
  const task = await findProgram("task", options.environment["PATH"] ?? "");
  if (task === undefined) return [];
  const { exitCode, stdout } = await capture(task, ["--list-all", "--json"], directory, options);
  if (exitCode !== 0) return [];
  const { tasks } = JSON.parse(stdout) as { tasks?: unknown };
  const named = (Array.isArray(tasks) ? (tasks as unknown[]) : []).flatMap(namedTask);
  return scriptCommands(named, { group: "task", programName: "task", program: task, words: [] });
}

function namedTask(task: unknown): NamedScript[] {
  const { name, desc } = (task ?? {}) as { name?: unknown; desc?: unknown };
  if (typeof name !== "string") return [];
  return [{ name, description: typeof desc === "string" ? desc : undefined }];
}

function capture(
  program: string,
  words: readonly string[],
  workingDirectory: string,
  { environment, scheduler }: DiscoveryOptions,
): Promise<CapturedProgram> {
  // The words that are looked for are English, and a make that runs the server must not reach into this one.
  const { MAKEFLAGS: _flags, MFLAGS: _old, MAKELEVEL: _level, ...rest } = environment;
  return captureProgram(
    {
      program,
      arguments: words,
      workingDirectory,
      environment: { ...rest, LC_ALL: "C" },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_OUTPUT_BYTES,
    },
    scheduler,
  );
}

async function hasOneOf(directory: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    try {
      await access(join(directory, name), constants.R_OK);
      return true;
    } catch {
      // The next one may be there.
    }
  }
  return false;
}

/** Undefined when there is none, or none that can be a manifest (a pipe would be read for ever). */
async function readManifest(path: string): Promise<string | undefined> {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= MAX_MANIFEST_BYTES ? await file.readFile("utf8") : undefined;
  } finally {
    await file.close();
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
