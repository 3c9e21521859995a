/** What a tool's call is to a reader: its name in words, what it is about, and what many of them are together. */
import type { ToolStep, WorkStep } from "../timeline/timeline-row.ts";

export type ToolSort =
  | "command"
  | "edit"
  | "write"
  | "read"
  | "search"
  | "list"
  | "plan"
  | "agent"
  | "fetch"
  | "web"
  | "other";

export interface ToolFacts {
  readonly sort: ToolSort;
  /** As it is shown in front of the detail. */
  readonly label: string;
  /** What it is about: a command, a path, a pattern; "" when nothing tells. */
  readonly detail: string;
}

type Fields = Readonly<Record<string, unknown>>;

const sorts: Readonly<Record<string, ToolSort>> = {
  Bash: "command",
  Edit: "edit",
  MultiEdit: "edit",
  NotebookEdit: "edit",
  Write: "write",
  Read: "read",
  NotebookRead: "read",
  Grep: "search",
  Glob: "search",
  LS: "list",
  TodoWrite: "plan",
  Task: "agent",
  Agent: "agent",
  WebFetch: "fetch",
  WebSearch: "web",
};
/** The first of these that is a text tells most; [HIST-7] has the same order. */
const tellingFields = ["command", "file_path", "path", "pattern", "query", "url", "description", "prompt"];

export function fieldsOf(input: unknown): Fields {
  return typeof input === "object" && input !== null && !Array.isArray(input) ? (input as Fields) : {};
}

export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

export function toolFacts(name: string | undefined, input: unknown): ToolFacts {
  if (name === undefined) return { sort: "other", label: "Result", detail: "of a call that is not loaded" };
  const fields = fieldsOf(input);
  const sort = Object.hasOwn(sorts, name) ? (sorts[name] ?? "other") : "other";
  switch (sort) {
    case "edit":
    case "write":
    case "read":
      return { sort, label: name, detail: textField(fields, "file_path") || textField(fields, "notebook_path") };
    case "search": {
      const where = textField(fields, "path");
      const pattern = textField(fields, "pattern");
      return { sort, label: name, detail: where === "" ? pattern : `${pattern} in ${where}` };
    }
    case "plan":
      return { sort, label: "Plan", detail: planDetail(fields) };
    case "agent":
      return { sort, label: textField(fields, "subagent_type") || "Agent", detail: textField(fields, "description") };
    default:
      return { sort, label: labelOf(name), detail: tellingText(fields) };
  }
}

/** `mcp__server__tool` as people say it. */
export function labelOf(name: string): string {
  const [, server, tool] = /^mcp__(.+?)__(.+)$/su.exec(name) ?? [];
  return server === undefined || tool === undefined ? name : `${server} · ${tool}`;
}

function tellingText(fields: Fields): string {
  for (const field of tellingFields) {
    const text = textField(fields, field);
    if (text !== "") return text;
  }
  return Object.values(fields).find((value) => typeof value === "string") ?? "";
}

function planDetail(fields: Fields): string {
  const todos = Array.isArray(fields["todos"]) ? fields["todos"] : [];
  const done = todos.filter((todo) => textField(fieldsOf(todo), "status") === "completed").length;
  return todos.length === 0 ? "" : `${done} of ${todos.length} done`;
}

/** "Read 4 files, ran 2 commands": what the steps of a row are together. */
export function summarize(steps: readonly WorkStep[]): string {
  const counts = new Map<
    string,
    { readonly sort: ToolSort; readonly label: string; readonly about: Set<string>; count: number }
  >();
  let failed = 0;
  for (const step of steps) {
    if (step.type !== "tool") continue;
    if (step.result?.isError === true) failed += 1;
    const { sort, label, detail } = toolFacts(step.name, step.input);
    const kind = sort === "write" ? "edit" : sort;
    const key = kind === "other" ? `other ${label.split(" · ")[0] ?? label}` : kind;
    const known = counts.get(key) ?? { sort: kind, label: label.split(" · ")[0] ?? label, about: new Set(), count: 0 };
    known.count += 1;
    known.about.add(detail);
    counts.set(key, known);
  }
  const parts = [...counts.values()].map(({ sort, label, about, count }) => say(sort, label, count, about.size));
  const said = parts.length > 3 ? [...parts.slice(0, 3), "and more"] : parts;
  if (said.length === 0) return steps.length === 1 ? "Thought" : `Thought ${steps.length} times`;
  const sentence = said.join(", ");
  return sentence.charAt(0).toUpperCase() + sentence.slice(1) + (failed === 0 ? "" : ` · ${failed} failed`);
}

function numbered(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}

function say(sort: ToolSort, label: string, count: number, different: number): string {
  switch (sort) {
    case "command":
      return `ran ${numbered(count, "command")}`;
    case "edit":
    case "write":
      return `edited ${numbered(different, "file")}`;
    case "read":
      return `read ${numbered(different, "file")}`;
    case "list":
      return `listed ${numbered(different, "folder")}`;
    case "search":
      return count === 1 ? "searched" : `searched ${count} times`;
    case "plan":
      return "updated the plan";
    case "agent":
      return `asked ${numbered(count, "agent")}`;
    case "fetch":
      return `fetched ${numbered(different, "page")}`;
    case "web":
      return count === 1 ? "searched the web" : `searched the web ${count} times`;
    case "other":
      return count === 1 ? `used ${label}` : `used ${label} ${count} times`;
  }
}

/** How much came back of what was read or looked for; undefined where nobody would count. */
export function resultCount({ name, input, result }: ToolStep): string | undefined {
  if (result === undefined || result.isError) return undefined;
  const { sort } = toolFacts(name, input);
  if (sort !== "read" && sort !== "search") return undefined;
  const text = result.text.trimEnd();
  const isNothing = text === "" || /^No (?:files|matches) found/u.test(text);
  return numbered(isNothing ? 0 : text.split("\n").length, name === "Glob" ? "file" : "line");
}

/** Everything of a step that one could look for. */
export function textOfStep(step: WorkStep): string {
  if (step.type === "thought") return step.text;
  return `${labelOf(step.name ?? "")}\n${textOfInput(step)}\n${step.result?.text ?? ""}`;
}

function textOfInput({ input }: ToolStep): string {
  return typeof input === "string" ? input : (JSON.stringify(input, undefined, 2) ?? "");
}
