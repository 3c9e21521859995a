import { expect, test } from "vitest";
import { createInventory, createProject } from "../inventory/support/project.ts";
import { runCommand } from "../inventory/support/run-command.ts";

const row = (name: string, source_hint: string): object => ({ name, source_hint, responsibility: "r" });
const commands = [
  row("one", "commands/one"),
  row("two", "plugins/skills/two"),
  row("three", "skills/three"),
  row("two", "plugin-x"),
  row("four", "commands/four"),
];

test("[CMD-command-graph-1] prints the counts of the three kinds", async () => {
  const { stdout, status } = await runCommand(["command-graph", "--inventory", createInventory({ commands })]);

  expect(stdout).toBe("# Command Graph\n\nBuiltins: 2\nPlugin-like commands: 2\nSkill-like commands: 1\n");
  expect(status).toBe(0);
});

test("[CMD-command-graph-2] [ROW-6] every row is in one class, and an item has name and hint only", async () => {
  const { json } = await runCommand(["command-graph", "--json", "--inventory", createInventory({ commands })]);

  expect(Object.entries(json()).slice(5)).toEqual([
    ["builtins_count", 2],
    ["plugin_like_count", 2],
    ["skill_like_count", 1],
    ["total_count", 5],
    [
      "builtins",
      [
        { name: "one", source_hint: "commands/one" },
        { name: "four", source_hint: "commands/four" },
      ],
    ],
    [
      "plugin_like",
      [
        { name: "two", source_hint: "plugins/skills/two" },
        { name: "two", source_hint: "plugin-x" },
      ],
    ],
    ["skill_like", [{ name: "three", source_hint: "skills/three" }]],
  ]);
});

test("[CMD-command-graph-2] own rows are classed by their source", async () => {
  const workingDirectory = createProject({ Makefile: "skills:\n", ".claude/skills/plugin/SKILL.md": "" });
  const { json } = await runCommand(["command-graph", "--json"], { workingDirectory });

  expect(json()).toMatchObject({
    plugin_like: [{ name: "skills", source_hint: "plugins/make/Makefile#skills" }],
    skill_like: [{ name: "plugin", source_hint: "skills/plugin/SKILL.md" }],
  });
  expect(json()["total_count"]).toBe(Number(json()["builtins_count"]) + 2);
});
