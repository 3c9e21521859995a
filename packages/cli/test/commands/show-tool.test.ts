import { expect, test } from "vitest";
import { checkInventory, runCommand } from "../inventory/support/run-command.ts";
import { errorOf } from "../support/run-in-process.ts";

test("[CMD-show-tool-1] prints three lines of the tool", async () => {
  const { stdout, status } = await runCommand(["show-tool", "bashtool", ...checkInventory()]);

  expect([stdout, status]).toEqual(["BashTool\ntools/BashTool/run\nRuns a shell line\n", 0]);
});

test("[CMD-show-tool-1] [CMD-show-command-2] has the keys of show-command in each outcome", async () => {
  const inventory = checkInventory();
  for (const [commandName, toolName] of [
    ["review", "MCPTool"],
    ["MCPTool", "review"],
  ] as const) {
    const shown = (await runCommand(["show-command", commandName, "--json", ...inventory])).json();
    const tool = (await runCommand(["show-tool", toolName, "--json", ...inventory])).json();

    expect(Object.keys(tool)).toEqual(Object.keys(shown));
    expect(tool["exit_code"]).toBe(shown["exit_code"]);
  }
});

test("[CMD-show-tool-1] own tools can be run, those of an external inventory only shown", async () => {
  const own = await runCommand(["show-tool", "bashtool", "--json"]);
  const external = await runCommand(["show-tool", "bashtool", "--json", ...checkInventory()]);

  expect(own.json()).toMatchObject({ name: "BashTool", kind: "shell", mirrored: false });
  expect(external.json()).toMatchObject({ name: "BashTool", kind: "tool", mirrored: true });
});

test("[ERR-5] [CMD-show-tool-1] a tool that is not there", async () => {
  const json = await runCommand(["show-tool", "review", "--json", ...checkInventory()]);
  const text = await runCommand(["show-tool", "review", ...checkInventory()]);

  expect(Object.keys(json.json()).slice(5)).toEqual(["name", "found", "error"]);
  expect(errorOf(json.json())).toMatchObject({
    kind: "tool_not_found",
    operation: "resolve_tool",
    message: "Unknown tool: review",
    hint: "run `parl tools --query review`",
  });
  expect([text.stdout, text.stderr, text.status]).toEqual(["Tool not found: review\n", "", 1]);
});
