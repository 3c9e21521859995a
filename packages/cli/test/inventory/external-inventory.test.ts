import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { CommandError } from "../../src/harness/error.ts";
import { checkRows, createInventory, createProject, load } from "./support/project.ts";

const row = (name: string, sourceHint = "x"): object => ({ name, source_hint: sourceHint, responsibility: "r" });

async function failureOf(options: Parameters<typeof load>[0]): Promise<CommandError> {
  try {
    await load(options);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error("the inventory was loaded");
}

test("[ROW-5] [HCOMPAT-2] both lists are replaced, in their order, repetitions kept, every row mirrored", async () => {
  const workingDirectory = createProject({ Makefile: "all:\n", ".mcp.json": '{"mcpServers":{"x":{}}}' });
  const commands = [row("b"), { ...row("a"), extra: 1 }, row("b", "other")];
  const tools = [row("BashTool"), row("BashTool")];
  const { inventory, warnings } = await load({ workingDirectory, directory: createInventory({ commands, tools }) });
  const mirrored = { responsibility: "r", handler: undefined };

  expect(inventory).toEqual({
    source: "external",
    commands: [
      { name: "b", sourceHint: "x", kind: "builtin", ...mirrored },
      { name: "a", sourceHint: "x", kind: "builtin", ...mirrored },
      { name: "b", sourceHint: "other", kind: "builtin", ...mirrored },
    ],
    tools: [
      { name: "BashTool", sourceHint: "x", kind: "tool", ...mirrored },
      { name: "BashTool", sourceHint: "x", kind: "tool", ...mirrored },
    ],
  });
  expect(warnings).toEqual([]);
});

test("[ROW-5] [ARG-13] PARL_INVENTORY is the default, a flag beats it, and an empty variable is none", async () => {
  const workingDirectory = createProject();
  const variable = createInventory(checkRows);
  const directory = createInventory({ commands: [row("flag")] });
  const namesOf = async (options: object) =>
    (await load({ workingDirectory, ...options })).inventory.commands.map(({ name }) => name);

  expect(await namesOf({ variable })).toEqual(["review", "add-dir"]);
  expect(await namesOf({ variable, directory })).toEqual(["flag"]);
  expect(await namesOf({ variable: "" })).toContain("send");
});

test("[ROW-5] a relative directory is one of the current directory", async () => {
  const workingDirectory = createProject({ "rows/commands.json": "[]", "rows/tools.json": JSON.stringify([row("T")]) });

  expect((await load({ workingDirectory, directory: "rows" })).inventory.tools.map(({ name }) => name)).toEqual(["T"]);
});

test.each([
  ["plugins/x/y", "plugin"],
  ["Some-PLUGIN-or-skills", "plugin"],
  ["skills/x/SKILL.md", "skill"],
  ["SKILLS", "skill"],
  ["skill/x", "builtin"],
  ["commands/x", "builtin"],
  ["", "builtin"],
])("[ROW-6] the hint %j makes a command of the kind %s", async (hint, kind) => {
  const directory = createInventory({ commands: [row("x", hint)] });
  const { inventory } = await load({ workingDirectory: "/", directory });

  expect(inventory.commands.map((found) => found.kind)).toEqual([kind]);
});

test("[ROW-6] own rows keep the kind of their source, whatever their hint contains", async () => {
  const { inventory } = await load({ workingDirectory: createProject({ Makefile: "skills:\n" }) });

  expect(inventory.commands.find(({ name }) => name === "skills")?.kind).toBe("plugin");
});

test("[ROW-5] names, hints and texts are taken as they are", async () => {
  const strange = { name: "\ufeffé\u2028\u{1f600}", source_hint: " \ud800 ", responsibility: `a\nb${"x".repeat(500)}` };
  const directory = createInventory({ tools: [strange] });
  const { inventory } = await load({ workingDirectory: "/", directory });

  expect(inventory.tools.map(({ name, sourceHint, responsibility }) => [name, sourceHint, responsibility])).toEqual([
    [strange.name, strange.source_hint, strange.responsibility],
  ]);
});

test("[ROW-4] rows whose name or hint has control characters are skipped with a warning, the others stay", async () => {
  const commands = [row("a\u0007"), row("good"), row("b", "x\ny"), { ...row("fine"), responsibility: "two\nlines" }];
  const directory = createInventory({ commands });
  const { inventory, warnings } = await load({ workingDirectory: "/", directory });

  expect(inventory.commands.map(({ name }) => name)).toEqual(["good", "fine"]);
  expect(warnings).toEqual([
    { code: "inventory_row_skipped", message: expect.stringContaining("commands.json': row 1 and 1 more") },
  ]);
});

describe("errors", () => {
  test.each([
    ["not JSON", "{", "it is not JSON", null],
    ["no array", '{"name":"x"}', "it is not an array", null],
    ["a row that is no object", '["x"]', "row 1 is not an object", 1],
    ["a row that is a list", `[${JSON.stringify(row("a"))},[]]`, "row 2 is not an object", 2],
    ["a row that is null", "[null]", "row 1 is not an object", 1],
    ["a row without a name", '[{"source_hint":"x","responsibility":"y"}]', "row 1 has no string `name`", 1],
    ["a hint of another type", '[{"name":"x","source_hint":1,"responsibility":"y"}]', "no string `source_hint`", 1],
    ["a row without a responsibility", '[{"name":"x","source_hint":"y"}]', "no string `responsibility`", 1],
    ["a row with inherited keys only", '[{"__proto__":{"name":"x"}}]', "no string `name`", 1],
  ])("[ROW-5] [ERR-3] %s is invalid_inventory with file and row", async (_, text, message, rowNumber) => {
    const directory = createProject({ "commands.json": "[]", "tools.json": text });
    const error = await failureOf({ workingDirectory: "/", directory });

    expect(error.kind).toBe("invalid_inventory");
    expect(error.message).toContain(message);
    expect(error.message).toContain(`${directory}/tools.json`);
    expect(error.options.target).toBe(`${directory}/tools.json`);
    expect(error.options.detail).toEqual({ file: `${directory}/tools.json`, row: rowNumber });
  });

  test.each(["commands.json", "tools.json"])("[ROW-5] without %s the inventory is invalid", async (missing) => {
    const other = missing === "tools.json" ? "commands.json" : "tools.json";
    const error = await failureOf({ workingDirectory: createProject({ [`in/${other}`]: "[]" }), directory: "in" });

    expect([error.kind, error.options.target, error.options.errno]).toEqual([
      ...["invalid_inventory", `in/${missing}`, "ENOENT"],
    ]);
  });

  test("[ROW-5] a directory or pipe in place of a file, text that is not UTF-8, and no directory at all are invalid", async () => {
    const piped = createProject({ "tools.json": "[]" });
    execFileSync("mkfifo", [`${piped}/commands.json`]);
    const messages = [];
    for (const directory of [
      createProject({ "commands.json/x": "", "tools.json": "[]" }),
      piped,
      createProject({ "commands.json": Buffer.from([0x22, 0xff, 0x22]) }),
      "",
      "no\0path",
    ]) {
      const error = await failureOf({ workingDirectory: "/", directory });
      expect(error.kind).toBe("invalid_inventory");
      messages.push(error.message.replace(/^.*: it/, "it"));
    }

    expect(messages).toEqual([
      "it is not a regular file",
      "it is not a regular file",
      "it is not UTF-8",
      expect.stringContaining("no directory was named"),
      "it cannot be read",
    ]);
  });
});
