import { answer, defineCommand } from "../harness/command.ts";
import { inventoryOption, listingOptions } from "../inventory/command-options.ts";

export const command = defineCommand({
  path: ["commands"],
  group: "Harness",
  summary: "list the commands of the inventory, filtered",
  positionals: [],
  options: [
    ...listingOptions,
    { name: "no-plugin-commands", type: "boolean", description: "leave out targets of the project's tools" },
    { name: "no-skill-commands", type: "boolean", description: "leave out skills" },
    inventoryOption,
  ],
  payload: [],
  errorKinds: ["invalid_inventory"],
  examples: ["parl commands", "parl commands --query test --no-skill-commands"],
  stdout: "envelope",
  format: "none",
  run: async (context, args) => {
    const [{ loadInventory }, { listRows }] = await Promise.all([
      import("../inventory/load-inventory.ts"),
      import("../inventory/listing.ts"),
    ]);
    const { commands } = await loadInventory(context, { directory: args.inventory });
    const rows = commands.filter(
      ({ kind }) => !(args.noPluginCommands && kind === "plugin") && !(args.noSkillCommands && kind === "skill"),
    );
    const text = listRows({ title: "Command entries", rows, query: args.query, limit: args.limit });
    return answer({}, () => text);
  },
});
