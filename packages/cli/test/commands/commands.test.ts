import { expect, test } from "vitest";
import { createInventory, createProject } from "../inventory/support/project.ts";
import { checkInventory, runCommand } from "../inventory/support/run-command.ts";

const row = (name: string, source_hint: string): object => ({ name, source_hint, responsibility: "test" });
const commands = [
  row("alpha", "commands/alpha"),
  row("test", "plugins/make/Makefile#test"),
  row("beta", "skills/TESTING/SKILL.md"),
  row("gamma", "commands/gamma"),
];
const list = async (...options: string[]): Promise<string> =>
  (await runCommand(["commands", "--inventory", createInventory({ commands }), ...options])).stdout;

test("[CMD-commands-1] prints the number of rows and a bullet for each", async () => {
  expect(await list()).toBe(
    [
      ...["Command entries: 4", "", "- alpha — commands/alpha", "- test — plugins/make/Makefile#test"],
      ...["- beta — skills/TESTING/SKILL.md", "- gamma — commands/gamma", ""],
    ].join("\n"),
  );
});

test("[CMD-commands-1] a query keeps rows with it in name or hint, in any case, and is told; the count stays", async () => {
  expect(await list("--query", "TesT")).toBe(
    [
      ...["Command entries: 4", "", "Filtered by: TesT", ""],
      ...["- test — plugins/make/Makefile#test", "- beta — skills/TESTING/SKILL.md", ""],
    ].join("\n"),
  );
  expect(await list("--query", "")).toBe(await list());
  expect(await list("--query", "nothing")).toBe("Command entries: 4\n\nFiltered by: nothing\n\n");
});

test("[CMD-commands-1] [HCOMPAT-1] filters by kind change the count and combine with query and limit", async () => {
  expect(await list("--no-plugin-commands")).not.toContain("plugins/");
  expect(await list("--no-plugin-commands")).toMatch(/^Command entries: 3\n/);
  expect(await list("--no-skill-commands", "--no-plugin-commands")).toBe(
    "Command entries: 2\n\n- alpha — commands/alpha\n- gamma — commands/gamma\n",
  );
  expect(await list("--no-plugin-commands", "--query", "test")).toBe(
    "Command entries: 3\n\nFiltered by: test\n\n- beta — skills/TESTING/SKILL.md\n",
  );
  expect(await list("--query", "test", "--limit", "1")).toBe(
    "Command entries: 4\n\nFiltered by: test\n\n- test — plugins/make/Makefile#test\n",
  );
  expect(await list("--limit", "0")).toBe("Command entries: 4\n\n");
});

test("[CMD-commands-1] prints 20 rows where no limit is given, own ones too", async () => {
  const workingDirectory = createProject({ Makefile: "all:\n" });
  const { stdout } = await runCommand(["commands"], { workingDirectory });
  const found = await runCommand(["commands", "--query", "Makefile#all"], { workingDirectory });

  expect(stdout.match(/^- /gm)).toHaveLength(20);
  expect(Number(/^Command entries: (\d+)\n/.exec(stdout)?.[1])).toBeGreaterThan(60);
  expect(found.stdout).toContain("- all — plugins/make/Makefile#all\n");
});

test("[ARG-10] [ROW-5] its errors are text on stdout, and it has no output format", async () => {
  const invalid = await runCommand(["commands", "--inventory", "missing"]);
  const json = await runCommand(["commands", "--json", ...checkInventory()]);
  const variable = await runCommand(["commands", ...checkInventory()], { env: { PARL_OUTPUT_FORMAT: "json" } });

  expect(invalid.stdout).toMatch(/^error: cannot load the inventory from 'missing\/commands\.json'/);
  expect([invalid.status, json.status, variable.stdout.slice(0, 18)]).toEqual([1, 1, "Command entries: 2"]);
});
