import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";
import type { CommandKind, Inventory } from "./inventory.ts";
import type { InventoryContext } from "./load-inventory.ts";
import { readSource, UnusableSource } from "./read-source.ts";
import { hasControlCharacters, warnSkipped } from "./row-collector.ts";

const path = process.getBuiltinModule("node:path");

/** The caller names these files, so they may be larger than what is merely found [ROW-4]. */
const maxFileBytes = 16 * 1024 * 1024;

interface ExternalRow {
  readonly name: string;
  readonly sourceHint: string;
  readonly responsibility: string;
  readonly handler: undefined;
}

/** Both lists from `directory`, as given by the caller; every row is mirrored [ROW-5]. Errors: `invalid_inventory`. */
export function readExternalInventory(context: InventoryContext, directory: string): Inventory {
  const commands = readRows(context, directory, "commands.json");
  const tools = readRows(context, directory, "tools.json");
  return {
    source: "external",
    commands: commands.map((row) => ({ ...row, kind: commandKind(row.sourceHint) })),
    tools: tools.map((row) => ({ ...row, kind: "tool" })),
  };
}

/** [ROW-6] */
function commandKind(sourceHint: string): CommandKind {
  const hint = sourceHint.toLowerCase();
  if (hint.includes("plugin")) return "plugin";
  return hint.includes("skills") ? "skill" : "builtin";
}

function readRows(context: InventoryContext, directory: string, fileName: string): ExternalRow[] {
  if (directory === "") throw invalidInventory(fileName, "no directory was named, expected `--inventory DIR`");
  const shown = path.join(directory, fileName);
  const value = readJson(path.resolve(context.workingDirectory, directory, fileName), shown);
  if (!Array.isArray(value)) throw invalidInventory(shown, "it is not an array, expected an array of rows");
  const rows: ExternalRow[] = [];
  const refused: number[] = [];
  for (const [index, item] of value.entries()) {
    const row = readRow(item);
    if (typeof row === "string") throw invalidInventory(shown, `row ${index + 1} ${row}`, { row: index + 1 });
    if (hasControlCharacters(row.name) || hasControlCharacters(row.sourceHint)) refused.push(index + 1);
    else rows.push(row);
  }
  if (refused.length > 0) {
    const others = refused.length === 1 ? "" : ` and ${refused.length - 1} more`;
    warnSkipped(context.warn, shown, `row ${refused[0]}${others}, for control characters in name or hint`);
  }
  return rows;
}

function readJson(file: string, shown: string): unknown {
  try {
    const text = readSource(file, maxFileBytes);
    if (text !== undefined) return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof UnusableSource) throw invalidInventory(shown, cause.message, { errno: cause.errno });
    throw invalidInventory(shown, "it is not JSON, expected an array of rows", { cause });
  }
  throw invalidInventory(shown, "it does not exist, expected an array of rows", { errno: "ENOENT" });
}

const keys = ["name", "source_hint", "responsibility"] as const;

/** The row, or what is wrong with it. */
function readRow(item: unknown): ExternalRow | string {
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return `is not an object, expected {${keys.join(", ")}}`;
  }
  const fields = item as Readonly<Record<string, unknown>>;
  const [name, sourceHint, responsibility] = keys.map((key) => (Object.hasOwn(fields, key) ? fields[key] : undefined));
  if (typeof name !== "string") return "has no string `name`";
  if (typeof sourceHint !== "string") return "has no string `source_hint`";
  if (typeof responsibility !== "string") return "has no string `responsibility`";
  return { name, sourceHint, responsibility, handler: undefined };
}

function invalidInventory(
  file: string,
  problem: string,
  { row, errno, cause }: { readonly row?: number; readonly errno?: string | undefined; readonly cause?: unknown } = {},
): CommandError {
  return new CommandError({
    kind: "invalid_inventory",
    target: file,
    message: `cannot load the inventory from ${quoteValue(file)}: ${problem}`,
    errno,
    detail: { file, row: row ?? null },
    cause,
  });
}
