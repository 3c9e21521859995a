import { answer, defineCommand } from "../harness/command.ts";
import { inventoryOption } from "../inventory/command-options.ts";

export const command = defineCommand({
  path: ["summary"],
  group: "Harness",
  summary: "describe this build, its commands, its tools and a new session",
  format: "none",
  positionals: [],
  options: [inventoryOption],
  payload: [],
  errorKinds: ["invalid_inventory"],
  examples: ["parl summary", "parl summary --inventory ./inventory"],
  stdout: "envelope",
  run: async (context, { inventory: directory }) => {
    const [{ loadInventory }, { summaryLines }] = await Promise.all([
      import("../inventory/load-inventory.ts"),
      import("../reports/summary-lines.ts"),
    ]);
    const lines = summaryLines(context, await loadInventory(context, { directory }));
    return answer({}, () => lines);
  },
});
