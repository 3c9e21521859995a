import { answer, defineCommand } from "../harness/command.ts";
import { inventoryOption, listingOptions } from "../inventory/command-options.ts";

const simpleTools = new Set(["BashTool", "FileReadTool", "FileEditTool"]);

export const command = defineCommand({
  path: ["tools"],
  group: "Harness",
  summary: "list the tools of the inventory, filtered",
  positionals: [],
  options: [
    ...listingOptions,
    { name: "simple-mode", type: "boolean", description: "only BashTool, FileReadTool and FileEditTool" },
    { name: "no-mcp", type: "boolean", description: "leave out tools with mcp in name or hint" },
    { name: "deny-tool", type: "list", placeholder: "NAME", description: "leave out this tool; repeatable" },
    {
      name: "deny-prefix",
      type: "list",
      placeholder: "PREFIX",
      description: "leave out tools whose name begins so; repeatable",
    },
    inventoryOption,
  ],
  payload: [],
  errorKinds: ["invalid_inventory"],
  examples: ["parl tools", "parl tools --no-mcp --deny-tool BashTool"],
  stdout: "envelope",
  format: "none",
  run: async (context, args) => {
    const [{ loadInventory }, { listRows }] = await Promise.all([
      import("../inventory/load-inventory.ts"),
      import("../inventory/listing.ts"),
    ]);
    const { tools } = await loadInventory(context, { directory: args.inventory });
    const denied = new Set(args.denyTool.map((name) => name.toLowerCase()));
    const prefixes = args.denyPrefix.map((prefix) => prefix.toLowerCase());
    const rows = tools.filter(({ name, sourceHint }) => {
      const lowered = name.toLowerCase();
      if (args.simpleMode && !simpleTools.has(name)) return false;
      if (args.noMcp && `${lowered}\n${sourceHint.toLowerCase()}`.includes("mcp")) return false;
      return !denied.has(lowered) && !prefixes.some((prefix) => lowered.startsWith(prefix));
    });
    const text = listRows({ title: "Tool entries", rows, query: args.query, limit: args.limit });
    return answer({}, () => text);
  },
});
