import { defineCommand } from "../harness/command.ts";
import { inventoryOption } from "../inventory/command-options.ts";
import { missingRowBranch, shownRowFields, showRow } from "../inventory/shown-row.ts";

export const command = defineCommand({
  path: ["show-command"],
  group: "Harness",
  summary: "show one command of the inventory",
  positionals: [{ name: "name", description: "name of the command, in any case" }],
  options: [inventoryOption],
  payload: shownRowFields(["builtin", "plugin", "skill"]),
  branches: [missingRowBranch],
  errorKinds: ["command_not_found", "invalid_inventory"],
  examples: ["parl show-command send", "parl show-command review --inventory rows --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { loadInventory } = await import("../inventory/load-inventory.ts");
    const { commands } = await loadInventory(context, { directory: args.inventory });
    return showRow("command", commands, args.name);
  },
});
