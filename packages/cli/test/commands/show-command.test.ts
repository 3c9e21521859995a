import { expect, test } from "vitest";
import { createInventory, createProject } from "../inventory/support/project.ts";
import { checkInventory, runCommand } from "../inventory/support/run-command.ts";
import { errorOf } from "../support/run-in-process.ts";

test("[CMD-show-command-1] prints three lines: name, hint and responsibility", async () => {
  const { stdout, stderr, status } = await runCommand(["show-command", "REVIEW", ...checkInventory()]);

  expect(stdout).toBe("review\ncommands/review/main\nReviews a change\n");
  expect([stderr, status]).toEqual(["", 0]);
});

test("[CMD-show-command-1] a text of several lines stays on its line", async () => {
  const rows = [{ name: "a", source_hint: "b", responsibility: "one\ntwo\u001b[31m" }];
  const { stdout } = await runCommand(["show-command", "a", "--inventory", createInventory({ commands: rows })]);

  expect(stdout).toBe(String.raw`a
b
one\ntwo\x1b[31m
`);
});

test("[CMD-show-command-2] gives the row, its kind, and whether it can only be shown", async () => {
  const external = await runCommand(["show-command", "Review", "--json", ...checkInventory()]);
  const workingDirectory = createProject({ Makefile: "all: # Builds all\n" });
  const own = await runCommand(["show-command", "ALL", "--json"], { workingDirectory });

  expect(Object.entries(external.json()).slice(5)).toEqual([
    ["name", "review"],
    ["found", true],
    ["source_hint", "commands/review/main"],
    ["responsibility", "Reviews a change"],
    ["kind", "builtin"],
    ["mirrored", true],
  ]);
  expect(own.json()).toMatchObject({ name: "all", kind: "plugin", mirrored: false, responsibility: "Builds all" });
});

test("[ERR-5] [ROW-7] a command that is not there: name as given, found false, error last", async () => {
  const inventory = checkInventory();
  const json = await runCommand(["show-command", "BashTool", "--json", ...inventory]);
  const text = await runCommand(["show-command", "BashTool", ...inventory]);

  expect(Object.keys(json.json()).slice(5)).toEqual(["name", "found", "error"]);
  expect(json.json()).toMatchObject({ name: "BashTool", found: false, exit_code: 1 });
  expect(errorOf(json.json())).toMatchObject({
    kind: "command_not_found",
    operation: "resolve_command",
    target: "BashTool",
    retryable: false,
    message: "Unknown command: BashTool",
    hint: "run `parl commands --query BashTool`",
  });
  expect([text.stdout, text.stderr, text.status]).toEqual(["Command not found: BashTool\n", "", 1]);
});

test("[ENV-12] [ERR-2] a name that is not there is printed without its secrets, on one line", async () => {
  const { stdout } = await runCommand(["show-command", "http://me:pw@host\n", ...checkInventory()]);

  expect(stdout).toBe("Command not found: http://***@host\\n\n");
});

test("[ERR-7] [ROW-5] an inventory that is invalid is told with the name that was asked for", async () => {
  const directory = createProject({ "commands.json": '[{"name":1}]', "tools.json": "[]" });
  const json = await runCommand(["show-command", "x", "--json"], { env: { PARL_INVENTORY: directory } });
  const text = await runCommand(["show-command", "x", "--inventory", directory]);

  expect(Object.keys(json.json()).slice(5)).toEqual(["name", "error"]);
  expect(errorOf(json.json())).toMatchObject({
    kind: "invalid_inventory",
    operation: "load_inventory",
    target: `${directory}/commands.json`,
    detail: { file: `${directory}/commands.json`, row: 1 },
  });
  expect(text.stdout).toMatch(
    /^error: cannot load the inventory from .*commands\.json': row 1 has no string `name`\n$/,
  );
  expect([text.status, text.stderr]).toEqual([1, ""]);
});

test("[ROW-4] [ENV-8] what was skipped is in the warnings, and the command goes on", async () => {
  const workingDirectory = createProject({ "package.json": "{", Makefile: "all:\n" });
  const json = await runCommand(["show-command", "all", "--json"], { workingDirectory });
  const text = await runCommand(["show-command", "all"], { workingDirectory });

  expect(json.json()["warnings"]).toEqual([
    { code: "inventory_row_skipped", message: "skipped in the inventory, of 'package.json': it is not JSON" },
  ]);
  expect([json.status, json.stderr]).toEqual([0, ""]);
  expect(text.stderr).toBe("warning: skipped in the inventory, of 'package.json': it is not JSON\n");
});
