/**
 * The rows of this product and of the project it stands in [ROW-1]. A source with a syntax of its own is a module that is
 * loaded only where there is something for it to read: start-up time is part of the contract [HPERF-5].
 */
import { commandTable } from "../commands/index.ts";
import { findAction, listRoutes, type CommandRoute } from "../harness/table.ts";
import type { CommandRow, Inventory, ToolRow } from "./inventory.ts";
import type { InventoryContext } from "./load-inventory.ts";
import { addProjectTargets } from "./project-targets.ts";
import { RowCollector } from "./row-collector.ts";
import { addTools } from "./tool-rows.ts";

const fs = process.getBuiltinModule("node:fs");
const path = process.getBuiltinModule("node:path");

/** `directory` is absolute. Never fails for what it finds: what cannot be used is told in warnings [ROW-4]. */
export async function buildOwnInventory(context: InventoryContext, directory: string): Promise<Inventory> {
  const warn: InventoryContext["warn"] = (code, message) => context.warn(code, message);
  const commands = new RowCollector<CommandRow>(warn);
  commands.add({ tool: "parl", place: "parl" }, ownCommands);
  await addProjectTargets(commands, directory);
  await addAllSkills(commands, directory, path.resolve(context.userHome));
  const tools = new RowCollector<ToolRow>(warn);
  addTools(tools, directory);
  return { source: "own", commands: commands.rows, tools: tools.rows };
}

/** The rows C1; only the table is asked, no command is loaded. */
function ownCommands(): CommandRow[] {
  return listRoutes(commandTable).map((route) => ({
    name: route.words.join("-"),
    sourceHint: `commands/${moduleOf(route)}`,
    responsibility: route.summary,
    kind: "builtin",
    handler: { type: "parl", words: route.words },
  }));
}

function moduleOf({ words, row }: CommandRoute): string {
  const [, action] = words;
  const file = action === undefined ? row.file : findAction(row, action)?.file;
  return file ?? words.join("-");
}

async function addAllSkills(commands: RowCollector<CommandRow>, directory: string, userHome: string): Promise<void> {
  const folders = [{ folder: path.join(directory, ".claude", "skills"), place: ".claude/skills" }];
  // In the home directory itself both are the same folder.
  if (userHome !== directory) {
    folders.push({ folder: path.join(userHome, ".claude", "skills"), place: "~/.claude/skills" });
  }
  for (const { folder, place } of folders) {
    if (!fs.existsSync(folder)) continue;
    const { addSkills } = await import("./skills.ts");
    await addSkills(commands, folder, place);
  }
}
