import { expect, test } from "vitest";
import { createInventory } from "../inventory/support/project.ts";
import { checkInventory, runCommand } from "../inventory/support/run-command.ts";

test("[CMD-tool-pool-1] prints modes, the count, and the first 15 tools", async () => {
  const tools = Array.from({ length: 17 }, (_, index) => ({
    name: `T${index}`,
    source_hint: "h",
    responsibility: "r",
  }));
  const { stdout, status } = await runCommand(["tool-pool", "--inventory", createInventory({ tools })]);

  expect(stdout).toBe(
    [
      ...["# Tool Pool", "", "Simple mode: False", "Include MCP: True", "Tool count: 17"],
      ...tools.slice(0, 15).map(({ name }) => `- ${name} — h`),
      "",
    ].join("\n"),
  );
  expect(status).toBe(0);
});

test("[CMD-tool-pool-2] gives all tools with name and hint only, in the order of the inventory", async () => {
  const { json } = await runCommand(["tool-pool", "--json", ...checkInventory()]);

  expect(Object.entries(json()).slice(5)).toEqual([
    ["simple_mode", false],
    ["include_mcp", true],
    ["tool_count", 2],
    [
      "tools",
      [
        { name: "BashTool", source_hint: "tools/BashTool/run" },
        { name: "MCPTool", source_hint: "tools/MCPTool/call" },
      ],
    ],
  ]);
});
