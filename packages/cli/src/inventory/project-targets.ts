/** The rows C2: targets of make, npm, just and task in the working directory, in this order [ROW-1]. */
import { isSystemError } from "../harness/error.ts";
import type { CommandRow, ProjectRunner } from "./inventory.ts";
import { expectObject, parseJsonObject, readSource, UnusableSource } from "./read-source.ts";
import type { RowCollector } from "./row-collector.ts";

const fs = process.getBuiltinModule("node:fs");
const path = process.getBuiltinModule("node:path");

export interface Target {
  readonly name: string;
  /** Undefined where the file says nothing about it. */
  readonly description: string | undefined;
}

/** The targets in a file's text, taken as static text. Throws `UnusableSource`. */
export type TargetParser = (text: string) => Target[];

interface Runner {
  readonly runner: ProjectRunner;
  /** Which of the directory's files the tool would take. */
  readonly chooseFile: (names: ReadonlySet<string>) => string | undefined;
  readonly loadParser: () => Promise<TargetParser>;
}

const firstOf =
  (...candidates: readonly string[]): Runner["chooseFile"] =>
  (names) =>
    candidates.find((name) => names.has(name));

const runners: readonly Runner[] = [
  {
    runner: "make",
    chooseFile: firstOf("GNUmakefile", "makefile", "Makefile"),
    loadParser: async () => (await import("./make-targets.ts")).parseMakefile,
  },
  {
    runner: "npm",
    chooseFile: firstOf("package.json"),
    loadParser: async () => parseNpmScripts,
  },
  {
    runner: "just",
    // just takes its names in any case.
    chooseFile: (names) =>
      [...names]
        .filter((name) => /^\.?justfile$/iu.test(name))
        .toSorted()
        .at(-1),
    loadParser: async () => (await import("./just-recipes.ts")).parseJustfile,
  },
  {
    runner: "task",
    chooseFile: firstOf(
      ...["Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml"],
      ...["Taskfile.dist.yml", "taskfile.dist.yml", "Taskfile.dist.yaml", "taskfile.dist.yaml"],
    ),
    loadParser: async () => (await import("./task-targets.ts")).parseTaskfile,
  },
];

/** Adds the targets of every runner that has a file in `directory` (absolute). */
export async function addProjectTargets(rows: RowCollector<CommandRow>, directory: string): Promise<void> {
  let names: ReadonlySet<string>;
  try {
    names = new Set(fs.readdirSync(directory));
  } catch (error) {
    const errno = isSystemError(error) ? error.code : "unknown";
    rows.skip({ tool: "project", place: directory }, `it cannot be listed: ${errno}`);
    return;
  }
  for (const { runner, chooseFile, loadParser } of runners) {
    const file = chooseFile(names);
    if (file === undefined) continue;
    const parse = await loadParser();
    rows.add({ tool: runner, place: file }, () => {
      const text = readSource(path.join(directory, file));
      return text === undefined ? [] : parse(text).map((target) => toRow(runner, file, target));
    });
  }
}

function toRow(runner: ProjectRunner, file: string, { name, description = "" }: Target): CommandRow {
  return {
    name,
    sourceHint: `plugins/${runner}/${file}#${name}`,
    responsibility: description.trim() === "" ? `Runs target ${name} of ${file}` : description,
    kind: "plugin",
    handler: { type: "project", runner, target: name },
  };
}

/** npm knows no descriptions of scripts. */
function parseNpmScripts(text: string): Target[] {
  const { scripts = {} } = parseJsonObject(text);
  const entries = Object.entries(expectObject(scripts, "`scripts`"));
  const bad = entries.find(([, command]) => typeof command !== "string");
  if (bad !== undefined) throw new UnusableSource(`\`scripts\` has '${bad[0]}', which is not a command`);
  return entries.map(([name]) => ({ name, description: undefined }));
}
