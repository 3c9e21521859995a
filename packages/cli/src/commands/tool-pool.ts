import { answer, defineCommand } from "../harness/command.ts";
import { count, list, literal, object, string } from "../harness/json-schema.ts";
import { inventoryOption } from "../inventory/command-options.ts";
import { escapeText } from "../output/escape.ts";

/** Of the text; json has all of them. */
const maxListed = 15;

export const command = defineCommand({
  path: ["tool-pool"],
  group: "Harness",
  summary: "list the tools of the inventory",
  positionals: [],
  options: [inventoryOption],
  payload: [
    { name: "simple_mode", schema: literal(false), presence: "always", description: "no tools are held back" },
    {
      name: "include_mcp",
      schema: literal(true),
      presence: "always",
      description: "tools of MCP servers are included",
    },
    { name: "tool_count", schema: count, presence: "always", description: "length of `tools`" },
    {
      name: "tools",
      schema: list(object({ name: string, source_hint: string })),
      presence: "always",
      description: "in the order of the inventory",
    },
  ],
  errorKinds: ["invalid_inventory"],
  examples: ["parl tool-pool", "parl tool-pool --json"],
  stdout: "envelope",
  run: async (context, { inventory: directory }) => {
    const { loadInventory } = await import("../inventory/load-inventory.ts");
    const inventory = await loadInventory(context, { directory });
    const tools = inventory.tools.map(({ name, sourceHint }) => ({ name, source_hint: sourceHint }));
    return answer({ simple_mode: false, include_mcp: true, tool_count: tools.length, tools }, (shown) => [
      "# Tool Pool",
      "",
      "Simple mode: False",
      "Include MCP: True",
      `Tool count: ${shown.tool_count}`,
      ...shown.tools.slice(0, maxListed).map(({ name, source_hint }) => escapeText(`- ${name} — ${source_hint}`)),
    ]);
  },
});
