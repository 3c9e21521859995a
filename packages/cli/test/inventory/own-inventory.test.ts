import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { listRoutes } from "../../src/harness/table.ts";
import { toolDefinitions } from "../../src/mcp/tool-definitions.ts";
import { createProject, foundCommands, load } from "./support/project.ts";

const skill = (description: string): string => `---\nname: x\ndescription: ${description}\n---\n\n# Body\n`;

describe("the product's own rows", () => {
  test("[ROW-1] every command of parl is a row that runs parl, in table order, before everything else", async () => {
    const { inventory } = await load({ workingDirectory: createProject({ Makefile: "zz:\n" }) });
    const routes = listRoutes(commandTable);

    expect(inventory.source).toBe("own");
    expect(inventory.commands.slice(0, routes.length)).toEqual(
      routes.map(({ words, summary }) => ({
        name: words.join("-"),
        sourceHint: expect.stringMatching(/^commands\/[a-z-]+$/),
        responsibility: summary,
        kind: "builtin",
        handler: { type: "parl", words },
      })),
    );
    expect(inventory.commands.slice(routes.length).map(({ name }) => name)).toEqual(["zz"]);
  });

  test("[ROW-1] the hint of an own command names the module that implements it", async () => {
    const { inventory } = await load({ workingDirectory: createProject() });
    const loads = new Map(listRoutes(commandTable).map(({ words, load }) => [words.join("-"), String(load)]));

    for (const { name, sourceHint } of inventory.commands) {
      const file = sourceHint.replace(/^commands\//, "");
      expect({ name, load: loads.get(name) }).toEqual({ name, load: expect.stringContaining(`/${file}.ts`) });
    }
    expect(inventory.commands).toContainEqual(
      expect.objectContaining({ name: "hook-idle", sourceHint: "commands/hook" }),
    );
    expect(inventory.commands).toContainEqual(
      expect.objectContaining({ name: "state-get", sourceHint: "commands/state-get" }),
    );
  });

  test("[ROW-1] tools are the shell, MCP, an entry for each server of .mcp.json, and the product's MCP tools", async () => {
    const servers = {
      github: { command: "gh-mcp", env: { KEY: "secret" } },
      docs: { type: "http", url: "https://x/" },
    };
    const directory = createProject({ ".mcp.json": JSON.stringify({ mcpServers: servers }) });
    const { inventory } = await load({ workingDirectory: directory });

    expect(
      inventory.tools.slice(0, 4).map(({ name, sourceHint, kind, handler }) => ({ name, sourceHint, kind, handler })),
    ).toEqual([
      { name: "BashTool", sourceHint: "tools/BashTool/run-command", kind: "shell", handler: { type: "shell" } },
      {
        name: "MCPTool",
        sourceHint: "tools/MCPTool/call",
        kind: "mcp",
        handler: { type: "mcp", server: undefined },
      },
      {
        name: "MCPTool:github",
        sourceHint: "tools/MCPTool/github",
        kind: "mcp",
        handler: { type: "mcp", server: "github" },
      },
      {
        name: "MCPTool:docs",
        sourceHint: "tools/MCPTool/docs",
        kind: "mcp",
        handler: { type: "mcp", server: "docs" },
      },
    ]);
    expect(inventory.tools.slice(4)).toEqual(
      toolDefinitions.map(({ name, description }) => ({
        name,
        sourceHint: `tools/mesh/${name}`,
        responsibility: description,
        kind: "mesh",
        handler: { type: "mesh", tool: name },
      })),
    );
    expect(JSON.stringify(inventory)).not.toContain("secret");
  });
});

describe("rows of the project", () => {
  test("[ROW-1] targets come in the order make, npm, just, task, then skills of the project and of the home directory", async () => {
    const userHome = createProject({ ".claude/skills/tidy/SKILL.md": skill("Tidies up") });
    const workingDirectory = createProject({
      ".claude/skills/review/SKILL.md": skill("Reviews a change"),
      ".claude/skills/README.md": "no skill",
      ".claude/skills/empty/notes.md": "no skill either",
      "Taskfile.yml": "version: '3'\ntasks:\n  deploy: echo\n",
      justfile: "docs:\n  echo\n",
      "package.json": JSON.stringify({ scripts: { lint: "eslint ." } }),
      Makefile: "all: prog\n",
    });
    const loaded = await load({ workingDirectory, userHome });

    expect(foundCommands(loaded)).toEqual([
      "all plugin plugins/make/Makefile#all",
      "lint plugin plugins/npm/package.json#lint",
      "docs plugin plugins/just/justfile#docs",
      "deploy plugin plugins/task/Taskfile.yml#deploy",
      "review skill skills/review/SKILL.md",
      "tidy skill skills/tidy/SKILL.md",
    ]);
    expect(loaded.inventory.commands.slice(-6).map(({ handler }) => handler)).toEqual([
      { type: "project", runner: "make", target: "all" },
      { type: "project", runner: "npm", target: "lint" },
      { type: "project", runner: "just", target: "docs" },
      { type: "project", runner: "task", target: "deploy" },
      undefined,
      undefined,
    ]);
    expect(loaded.warnings).toEqual([]);
  });

  test.each([
    [["Makefile", "makefile", "GNUmakefile"], "make", "GNUmakefile"],
    [["Makefile"], "make", "Makefile"],
    [[".JustFile"], "just", ".JustFile"],
    [["justfile", ".justfile"], "just", "justfile"],
    [["Taskfile.dist.yaml"], "task", "Taskfile.dist.yaml"],
    [["Taskfile.dist.yml", "taskfile.yaml"], "task", "taskfile.yaml"],
  ])("[ROW-1] of %j the file is taken that %s would take", async (files, runner, wanted) => {
    const text = runner === "task" ? "tasks:\n  x: echo\n" : "x:\n";
    const directory = createProject(Object.fromEntries(files.map((name) => [name, text])));
    const rows = foundCommands(await load({ workingDirectory: directory }));

    // In lower case, since names that differ only in case are one file on some systems.
    expect(rows.map((row) => row.toLowerCase())).toEqual([`x plugin plugins/${runner}/${wanted.toLowerCase()}#x`]);
  });

  test("[ROW-2] the responsibility is the description on one line of at most 200 characters, or says what it runs", async () => {
    const workingDirectory = createProject({
      Makefile: `one: ## Does\tone thing\ntwo: # ${"😀 ".repeat(300)}\n`,
      "package.json": JSON.stringify({ scripts: { lint: "eslint ." } }),
      "Taskfile.yml": 'tasks:\n  deploy:\n    desc: |\n      Ships it\n      \u2028 everywhere\n  blank: {desc: " "}\n',
      ".claude/skills/a/SKILL.md": skill("Reviews a change"),
      ".claude/skills/b/SKILL.md": "no front matter",
    });
    const { inventory } = await load({ workingDirectory });
    const said = new Map(inventory.commands.map(({ name, responsibility }) => [name, responsibility]));

    expect(Object.fromEntries([...said].slice(-7))).toEqual({
      one: "Does one thing",
      two: `${"😀 ".repeat(99)}😀…`,
      lint: "Runs target lint of package.json",
      deploy: "Ships it everywhere",
      blank: "Runs target blank of Taskfile.yml",
      a: "Reviews a change",
      b: "Runs target b of SKILL.md",
    });
    expect([...(said.get("two") ?? "")]).toHaveLength(200);
  });

  test("[ROW-3] a taken name gets the tool before it, in whatever case it was taken, until it is free", async () => {
    const userHome = createProject({ ".claude/skills/test/SKILL.md": skill("Tests") });
    const workingDirectory = createProject({
      Makefile: "test:\nsend:\nlint:\nLint:\n",
      "package.json": JSON.stringify({ scripts: { test: "vitest", "skills:test": "x", "make:send": "y" } }),
      ".claude/skills/test/SKILL.md": skill("Tests"),
    });
    const loaded = await load({ workingDirectory, userHome });

    expect(foundCommands(loaded)).toEqual([
      "test plugin plugins/make/Makefile#test",
      "make:send plugin plugins/make/Makefile#send",
      "lint plugin plugins/make/Makefile#lint",
      "make:Lint plugin plugins/make/Makefile#Lint",
      "npm:test plugin plugins/npm/package.json#test",
      "skills:test plugin plugins/npm/package.json#skills:test",
      "npm:make:send plugin plugins/npm/package.json#make:send",
      "skills:skills:test skill skills/test/SKILL.md",
      "skills:skills:skills:test skill skills/test/SKILL.md",
    ]);
    const names = loaded.inventory.commands.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  test("[ROW-1] in the home directory its skills are there once", async () => {
    const home = createProject({ ".claude/skills/tidy/SKILL.md": skill("Tidies up") });

    expect(foundCommands(await load({ workingDirectory: home, userHome: home }))).toEqual([
      "tidy skill skills/tidy/SKILL.md",
    ]);
  });

  test("[ROW-4] parent directories are not searched, and nothing but the directory's own files is read", async () => {
    const parent = createProject({
      Makefile: "above:\n",
      "sub/Makefile": "include ../Makefile\nhere:\n",
      "sub/justfile": "import '../other.just'\nmod tools\nrecipe:\n",
      "sub/Taskfile.yml": "includes: {more: ../Taskfile.yml}\ntasks: {job: echo}\n",
      "Taskfile.yml": "tasks: {above: echo}\n",
      "other.just": "above:\n",
      ".mcp.json": JSON.stringify({ mcpServers: { above: {} } }),
      ".claude/skills/above/SKILL.md": skill("Above"),
    });
    const loaded = await load({ workingDirectory: `${parent}/sub` });

    expect(foundCommands(loaded).map((row) => row.split(" ")[0])).toEqual(["here", "recipe", "job"]);
    expect(JSON.stringify(loaded.inventory)).not.toContain("above");
  });

  test("[ROW-4] discovery runs nothing: what a source would run leaves no trace", async () => {
    const workingDirectory = createProject({
      Makefile: "X := $(shell touch ran)\nY != touch ran\nall:\n\ttouch ran\n",
      justfile: "x := `touch ran`\nall:\n  touch ran\n",
      "package.json": JSON.stringify({ scripts: { all: "touch ran" } }),
      "Taskfile.yml": "vars: {X: {sh: touch ran}}\ntasks: {all: touch ran}\n",
    });
    const loaded = await load({ workingDirectory });

    expect(foundCommands(loaded)).toHaveLength(4);
    expect(existsSync(`${workingDirectory}/ran`)).toBe(false);
    expect(readFileSync(`${workingDirectory}/Makefile`, "utf8")).toContain("touch");
  });
});
