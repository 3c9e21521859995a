import { parseYaml } from "./parse-yaml.ts";
import type { Target } from "./project-targets.ts";
import { expectObject } from "./read-source.ts";

/** The tasks of a Taskfile but the internal ones and patterns (`build:*`); included files are not looked at. */
export function parseTaskfile(text: string): Target[] {
  const { tasks } = expectObject(parseYaml(text), "it");
  // `tasks:` with nothing below is null.
  return Object.entries(expectObject(tasks ?? {}, "`tasks`")).flatMap(([name, task]) => toTarget(name, task));
}

function toTarget(name: string, task: unknown): Target[] {
  // `=` would make it a variable on task's command line.
  if (/[*=]/u.test(name)) return [];
  // A task may be just its command, or a list of commands.
  if (typeof task !== "object" || task === null || Array.isArray(task)) return [{ name, description: undefined }];
  const { desc, summary, internal } = task as Readonly<Record<string, unknown>>;
  if (internal === true) return [];
  return [{ name, description: [desc, summary].find((text) => typeof text === "string") }];
}
