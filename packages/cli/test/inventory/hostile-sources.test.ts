/** Projects are anybody's: whatever is in a source, an inventory is built, soon, and what is missing is told. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createProject, foundCommands, load, type Loaded } from "./support/project.ts";

const mebibyte = 1024 * 1024;
const skipped = ({ warnings }: Loaded): string[] => {
  for (const { code } of warnings) expect(code).toBe("inventory_row_skipped");
  return warnings.map(({ message }) => message);
};

describe("sources that cannot be read", () => {
  test("[ROW-4] a pipe and a directory in place of a source are skipped, and block nothing", async () => {
    const workingDirectory = createProject({ justfile: "works:\n" });
    execFileSync("mkfifo", [`${workingDirectory}/Makefile`]);
    mkdirSync(`${workingDirectory}/package.json`);
    symlinkSync("/dev/zero", `${workingDirectory}/.mcp.json`);
    mkdirSync(`${workingDirectory}/.claude/skills/pipe`, { recursive: true });
    execFileSync("mkfifo", [`${workingDirectory}/.claude/skills/pipe/SKILL.md`]);
    const loaded = await load({ workingDirectory });

    expect(foundCommands(loaded)).toEqual(["works plugin plugins/just/justfile#works"]);
    expect(skipped(loaded)).toEqual([
      expect.stringContaining("'Makefile': it is not a regular file"),
      expect.stringContaining("'package.json': it is not a regular file"),
      expect.stringContaining("'.claude/skills': pipe/SKILL.md: it is not a regular file"),
      expect.stringContaining("'.mcp.json': it is not a regular file"),
    ]);
  });

  test("[ROW-4] links that lead nowhere or in a circle are absent or skipped", async () => {
    const workingDirectory = createProject();
    symlinkSync("nowhere", `${workingDirectory}/Makefile`);
    symlinkSync("justfile", `${workingDirectory}/justfile`);

    expect(skipped(await load({ workingDirectory }))).toEqual([
      expect.stringContaining("'justfile': it cannot be read: ELOOP"),
    ]);
  });

  test("[ROW-4] a file of 1 MiB is read, a larger one is skipped", async () => {
    const fill = (size: number): string => `all:\n#${"x".repeat(size - 6)}`;
    const fits = await load({ workingDirectory: createProject({ Makefile: fill(mebibyte) }) });
    const larger = await load({ workingDirectory: createProject({ Makefile: fill(mebibyte + 1) }) });

    expect([foundCommands(fits).length, skipped(fits)]).toEqual([1, []]);
    expect(foundCommands(larger)).toEqual([]);
    expect(skipped(larger)).toEqual([expect.stringContaining("'Makefile': it is larger than 1048576 bytes")]);
  });

  test("[ROW-4] text that is not UTF-8 is skipped; a byte-order mark is no part of a name", async () => {
    const workingDirectory = createProject({
      Makefile: Buffer.from([0x61, 0xff, 0x3a, 0x0a]),
      justfile: "\ufeffrecipe:\n",
    });
    const loaded = await load({ workingDirectory });

    expect(foundCommands(loaded)).toEqual(["recipe plugin plugins/just/justfile#recipe"]);
    expect(skipped(loaded)).toEqual([expect.stringContaining("'Makefile': it is not UTF-8")]);
  });

  test("[ROW-4] a working directory that cannot be listed has no project rows", async () => {
    const workingDirectory = `${createProject({ file: "" })}/file`;
    const loaded = await load({ workingDirectory });

    expect(foundCommands(loaded)).toEqual([]);
    expect(skipped(loaded)).toEqual([expect.stringContaining("it cannot be listed: ENOTDIR")]);
  });
});

describe("sources that are malformed", () => {
  test.each([
    ["package.json", "{", "it is not JSON"],
    ["package.json", "[]", "it is not an object"],
    ["package.json", '{"scripts":["test"]}', "`scripts` is not an object"],
    ["package.json", '{"scripts":{"a":1}}', "which is not a command"],
    ["justfile", "x := 'never closed\nall:\n", "a quotation in it is not closed"],
    ["Taskfile.yml", "tasks: [", "it is not YAML"],
    ["Taskfile.yml", "tasks: !!js/function x", "it is not YAML"],
    ["Taskfile.yml", "- a\n- b\n", "it is not an object"],
    ["Taskfile.yml", "tasks: 7\n", "`tasks` is not an object"],
    ["Taskfile.yml", `tasks: ${"[".repeat(200)}`, "it is not YAML"],
    [".mcp.json", "nul", "it is not JSON"],
    [".mcp.json", '{"mcpServers":"x"}', "`mcpServers` is not an object"],
    [".claude/skills/s/SKILL.md", "---\ndescription: [\n---\n", "s/SKILL.md: it is not YAML"],
  ])("[ROW-4] %s of %j is skipped with a warning", async (file, text, reason) => {
    const loaded = await load({ workingDirectory: createProject({ [file]: text }) });

    expect(foundCommands(loaded)).toEqual([]);
    expect(skipped(loaded)).toEqual([expect.stringContaining(reason)]);
  });

  test.each(["{}", '{"scripts":{}}'])(
    "[ROW-4] a package.json of %s has no rows, and nothing is wrong with it",
    async (text) => {
      const loaded = await load({
        workingDirectory: createProject({ "package.json": text, "Taskfile.yml": "tasks:\n" }),
      });

      expect([foundCommands(loaded), skipped(loaded)]).toEqual([[], []]);
    },
  );

  test("[ROW-4] names with control characters, and names no tool could be given, are skipped in one warning a source", async () => {
    const scripts = { "a\u0000b": "x", "\u001b[31mred": "x", good: "x", "": "x", "--eval=x": "x", "c1\u0085": "x" };
    const servers = { "line\nfeed": {}, fine: {} };
    const workingDirectory = createProject({
      "package.json": JSON.stringify({ scripts }),
      ".mcp.json": JSON.stringify({ mcpServers: servers }),
    });
    const loaded = await load({ workingDirectory });

    expect(foundCommands(loaded)).toEqual(["good plugin plugins/npm/package.json#good"]);
    expect(loaded.inventory.tools.map(({ name }) => name)).toContain("MCPTool:fine");
    expect(skipped(loaded)).toEqual([
      expect.stringContaining(String.raw`'package.json': 'a\x00b' and 4 more`),
      expect.stringContaining(String.raw`'.mcp.json': 'MCPTool:line\nfeed':`),
    ]);
  });

  test("[ROW-4] names of unusual characters stay as they are", async () => {
    const names = ["größe", "e\u0301", "\u05d0\u05d1", "😀", "a\u2028b", "\ufeffx", "__proto__", "constructor"];
    const scripts = JSON.stringify(Object.fromEntries(names.map((name) => [name, "x"])));
    const text = `{"scripts":${scripts.slice(0, -1)},"\\ud800":"x"}}`;
    const { inventory } = await load({ workingDirectory: createProject({ "package.json": text }) });

    expect(inventory.commands.filter(({ kind }) => kind === "plugin").map(({ name }) => name)).toEqual([
      ...names,
      "\ud800",
    ]);
  });
});

describe("sources that are too much", () => {
  test("[ROW-4] a list has at most 5,000 rows, and tools are not pushed out by commands", async () => {
    const workingDirectory = createProject({
      Makefile: Array.from({ length: 6000 }, (_, index) => `t${index}:\n`).join(""),
      "package.json": JSON.stringify({ scripts: { last: "x" } }),
    });
    const loaded = await load({ workingDirectory });

    expect(loaded.inventory.commands).toHaveLength(5000);
    expect(loaded.inventory.tools.length).toBeGreaterThan(2);
    expect(skipped(loaded)).toEqual([
      expect.stringContaining("'Makefile': the list is full with 5000 rows"),
      expect.stringContaining("'package.json': the list is full with 5000 rows"),
    ]);
  });

  test("[ROW-4] skills beyond the limit are left out too", async () => {
    const files = Array.from({ length: 5001 }, (_, index) => [`.claude/skills/s${index}/SKILL.md`, ""]);
    const loaded = await load({ workingDirectory: createProject(Object.fromEntries(files)) });

    expect(loaded.inventory.commands).toHaveLength(5000);
    expect(skipped(loaded)).toEqual([expect.stringContaining("'.claude/skills': the list is full")]);
  });

  test("[ROW-4] an alias bomb stays as small as its file", async () => {
    const levels = Array.from({ length: 40 }, (_, index) => {
      const aliases = Array.from({ length: 10 }, () => `*a${index}`).join(",");
      return `a${index + 1}: &a${index + 1} [${aliases}]`;
    });
    const text = `a0: &a0 [x]\n${levels.join("\n")}\ntasks: {good: echo, bomb: {desc: *a40}}\n`;
    const loaded = await load({ workingDirectory: createProject({ "Taskfile.yml": text }) });

    expect(foundCommands(loaded)).toEqual([
      "good plugin plugins/task/Taskfile.yml#good",
      "bomb plugin plugins/task/Taskfile.yml#bomb",
    ]);
  });

  test("[ROW-4] merged keys that multiply are refused", async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `k${index}: 1`).join(", ");
    const merges = Array.from({ length: 50 }, (_, index) => `m${index}: {<<: *big}`).join("\n");
    const text = `big: &big {${keys}}\n${merges}\ntasks: {good: echo}\n`;
    const loaded = await load({ workingDirectory: createProject({ "Taskfile.yml": text }) });

    expect(skipped(loaded)).toEqual([expect.stringContaining("'Taskfile.yml': it is not YAML")]);
  });

  test("[ROW-3] [ROW-4] thousands of names that differ only in case do not make each other grow without end", async () => {
    const variants = Array.from({ length: 4096 }, (_, bits) =>
      [..."abcdefghijkl"].map((letter, at) => (((bits >> at) & 1) === 1 ? letter.toUpperCase() : letter)).join(""),
    );
    const loaded = await load({ workingDirectory: createProject({ Makefile: `${variants.join(" ")}:\n` }) });

    expect(Math.max(...loaded.inventory.commands.map(({ name }) => name.length))).toBeLessThan(100);
    expect(skipped(loaded)).toEqual([
      expect.stringMatching(/'Makefile': '[a-lA-L]{12}' and 4086 more: a name is .*taken/),
    ]);
  });
});
