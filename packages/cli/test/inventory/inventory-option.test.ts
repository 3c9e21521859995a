import { expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { loadDefinitions } from "../../src/harness/table.ts";
import { createProject } from "./support/project.ts";
import { checkInventory, runCommand } from "./support/run-command.ts";

/** Of [ROW-8], with what each needs besides. */
const accepting: Readonly<Record<string, readonly string[]>> = {
  route: ["review"],
  bootstrap: ["review"],
  "turn-loop": ["review"],
  "show-command": ["review"],
  "show-tool": ["MCPTool"],
  "exec-command": ["review", "prompt"],
  "exec-tool": ["MCPTool", "payload"],
  "command-graph": [],
  "tool-pool": [],
  summary: [],
  commands: [],
  tools: [],
};

test("[ROW-8] exactly the commands with an inventory accept --inventory", async () => {
  const definitions = await loadDefinitions(commandTable);
  const names = [...definitions].filter(([, { options }]) => options.some(({ name }) => name === "inventory"));

  expect(names.map(([name]) => name).toSorted()).toEqual(Object.keys(accepting).toSorted());
});

test.each(Object.entries(accepting))("[ROW-8] [ROW-5] %s answers from the external inventory", async (name, given) => {
  const workingDirectory = createProject();
  const { stdout, status } = await runCommand([name, ...given, ...checkInventory()], { workingDirectory });

  expect(status).toBe(0);
  expect(stdout).toMatch(/review|MCPTool|Builtins: 2/);
});

test("[ROW-8] project sources are those of --working-directory", async () => {
  const workingDirectory = createProject({
    "sub/.claude/skills/tidy/SKILL.md": "",
    ".claude/skills/other/SKILL.md": "",
  });
  const run = (name: string) =>
    runCommand(["exec-command", name, "x", "--working-directory", "sub"], { workingDirectory });

  expect((await run("tidy")).stdout).toBe(
    "Mirrored command 'tidy' from skills/tidy/SKILL.md would handle prompt 'x'.\n",
  );
  expect((await run("other")).stdout).toBe("Unknown mirrored command: other\n");
});
