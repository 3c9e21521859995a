/** Folders with files that a test decides, and inventories built from them with what they warned of. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { pickEnvironment } from "../../../src/harness/environment.ts";
import type { Inventory } from "../../../src/inventory/inventory.ts";
import { loadInventory } from "../../../src/inventory/load-inventory.ts";

/** An empty folder with these files, removed when the test has finished. */
export function createProject(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "parl-inventory-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

export interface ExternalRow {
  readonly name: string;
  readonly source_hint: string;
  readonly responsibility: string;
}

/** A folder for `--inventory`. */
export function createInventory(lists: { readonly commands?: unknown; readonly tools?: unknown }): string {
  return createProject({
    "commands.json": JSON.stringify(lists.commands ?? []),
    "tools.json": JSON.stringify(lists.tools ?? []),
  });
}

/** The rows of [RTE-7]. */
export const checkRows: { readonly commands: readonly ExternalRow[]; readonly tools: readonly ExternalRow[] } = {
  commands: [
    { name: "review", source_hint: "commands/review/main", responsibility: "Reviews a change" },
    { name: "add-dir", source_hint: "commands/add-dir/main", responsibility: "Adds a directory" },
  ],
  tools: [
    { name: "BashTool", source_hint: "tools/BashTool/run", responsibility: "Runs a shell line" },
    { name: "MCPTool", source_hint: "tools/MCPTool/call", responsibility: "Calls a server tool" },
  ],
};

export interface LoadOptions {
  readonly workingDirectory: string;
  /** Default: a folder that does not exist. */
  readonly userHome?: string;
  readonly directory?: string;
  readonly variable?: string;
}

export interface Loaded {
  readonly inventory: Inventory;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

export async function load(options: LoadOptions): Promise<Loaded> {
  const warnings: { code: string; message: string }[] = [];
  const inventory = await loadInventory(
    {
      env: pickEnvironment(options.variable === undefined ? {} : { PARL_INVENTORY: options.variable }),
      workingDirectory: options.workingDirectory,
      userHome: options.userHome ?? "/nonexistent",
      warn: (code, message) => warnings.push({ code, message }),
    },
    { directory: options.directory },
  );
  return { inventory, warnings };
}

/** Rows of the project and its skills as `name kind hint`, without the product's own. */
export function foundCommands({ inventory }: Loaded): string[] {
  return inventory.commands
    .filter(({ kind }) => kind !== "builtin")
    .map(({ name, kind, sourceHint }) => `${name} ${kind} ${sourceHint}`);
}
