/** The rows C3: a folder with a SKILL.md, described by the front matter of that file [ROW-1]. */
import { isSystemError } from "../harness/error.ts";
import { compareCodePoints } from "../routing/compare-code-points.ts";
import type { CommandRow } from "./inventory.ts";
import { readSource, UnusableSource } from "./read-source.ts";
import { maxRows, type RowCollector } from "./row-collector.ts";

const fs = process.getBuiltinModule("node:fs");
const path = process.getBuiltinModule("node:path");

/** Adds the skills of `folder` (absolute), by name; `place` is how people are told of it. */
export async function addSkills(rows: RowCollector<CommandRow>, folder: string, place: string): Promise<void> {
  const source = { tool: "skills", place };
  let names: string[];
  try {
    names = fs.readdirSync(folder).toSorted(compareCodePoints);
  } catch (error) {
    rows.skip(source, `it cannot be listed: ${isSystemError(error) ? error.code : "unknown"}`);
    return;
  }
  const found: CommandRow[] = [];
  const problems: string[] = [];
  for (const name of names) {
    // One more than there may be, so that the collector sees that there are too many.
    if (found.length > maxRows) break;
    try {
      const text = readSource(path.join(folder, name, "SKILL.md"));
      if (text !== undefined) found.push(toRow(name, await readDescription(text)));
    } catch (error) {
      if (!(error instanceof UnusableSource)) throw error;
      // A file beside the skills is no skill.
      if (error.errno !== "ENOTDIR") problems.push(`${name}/SKILL.md: ${error.message}`);
    }
  }
  rows.add(source, () => found);
  const [first, ...others] = problems;
  if (first !== undefined) rows.skip(source, others.length === 0 ? first : `${first}; and ${others.length} more`);
}

function toRow(name: string, description: string | undefined): CommandRow {
  return {
    name,
    sourceHint: `skills/${name}/SKILL.md`,
    responsibility: description ?? `Runs target ${name} of SKILL.md`,
    kind: "skill",
    handler: undefined,
  };
}

/** A line `description: text` whose text is what it seems to be. */
const plain = /^[^\s"'|>&*!%@`#[\]{},?-]/u;

/**
 * `description` of the front matter, undefined where there is none. The usual form, plain text on one line, is read here,
 * also where it has a colon that YAML forbids; everything else is left to the YAML parser.
 */
async function readDescription(text: string): Promise<string | undefined> {
  const lines = text.split(/\r?\n/u, 1000);
  const end = lines.indexOf("---", 1);
  if (lines[0]?.trimEnd() !== "---" || end === -1) return undefined;
  const at = lines.findIndex((line, index) => index < end && line.startsWith("description:"));
  if (at === -1) return undefined;
  const value = (lines[at] ?? "").slice("description:".length).trim();
  const isWhole = /^(?:[^\s#]|---$)/u.test(lines[at + 1] ?? "");
  if (isWhole && plain.test(value) && !value.includes(" #")) return value;
  const { parseYaml } = await import("./parse-yaml.ts");
  const fields = parseYaml(lines.slice(1, end).join("\n"));
  const description: unknown = typeof fields === "object" && fields !== null ? Reflect.get(fields, "description") : "";
  return typeof description === "string" && description.trim() !== "" ? description : undefined;
}
