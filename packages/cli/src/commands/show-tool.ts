import { defineCommand } from "../harness/command.ts";
import { inventoryOption } from "../inventory/command-options.ts";
import { missingRowBranch, shownRowFields, showRow } from "../inventory/shown-row.ts";

export const command = defineCommand({
  path: ["show-tool"],
  group: "Harness",
  summary: "show one tool of the inventory",
  positionals: [{ name: "name", description: "name of the tool, in any case" }],
  options: [inventoryOption],
  payload: shownRowFields(["shell", "mcp", "mesh", "tool"]),
  branches: [missingRowBranch],
  errorKinds: ["tool_not_found", "invalid_inventory"],
  examples: ["parl show-tool BashTool", "parl show-tool send_message --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { loadInventory } = await import("../inventory/load-inventory.ts");
    const { tools } = await loadInventory(context, { directory: args.inventory });
    return showRow("tool", tools, args.name);
  },
});
