import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CommandNode } from "../../src/commands/command-desk.ts";
import { buildCommandTable } from "../../src/commands/discovery/command-table.ts";
import { generalCommands } from "../../src/commands/discovery/general-commands.ts";
import { makeCommands } from "../../src/commands/discovery/make-commands.ts";
import { parseMakeDatabase } from "../../src/commands/discovery/make-database.ts";
import { scriptCommands } from "../../src/commands/discovery/script-commands.ts";
import { DeskWorld } from "./support/desk-world.ts";

/** In the form in which GNU make 4 prints it, with what can mislead a reader. */
const database = String.raw`# GNU Make 4.3
# Make data base, printed on Sun Mar  1 09:00:00 2026

# Variables

# makefile (from 'Makefile', line 1)
MAKEFILE_LIST := Makefile rules extra.mk
# makefile (from 'Makefile', line 20)
define BIG

# Files

fake: x
#  Implicit rule search has not been done.
endef
# variable set hash-table stats:
# Load=137/1024=13%, Rehash=0, Collisions=6/170=4%

# Implicit Rules

%.o: %.c
#  recipe to execute (built-in):
	$(COMPILE.c) $(OUTPUT_OPTION) $<

# 92 implicit rules, 5 (5.4%) terminal.
# Files

# Not a target:
.c.o:
#  Builtin rule
#  Implicit rule search has not been done.

# Not a target:
README:
#  Implicit rule search has not been done.

lint: README
#  Phony target (prerequisite of .PHONY).
#  Implicit rule search has not been done.
#  recipe to execute (from 'Makefile', line 5):
	echo lo \
bar: baz
	@echo done

# makefile (from 'Makefile', line 10)
db-migrate: FOO = 1
db-migrate:
#  Phony target (prerequisite of .PHONY).
# variable set hash-table stats:
# Load=1/32=3%, Rehash=0, Collisions=1/2=50%
#  recipe to execute (from 'Makefile', line 12):
	@echo m

# makefile (from 'Makefile', line 14)
README: NOT = target
# Not a target:
README2:
#  Implicit rule search has not been done.

double::
#  Implicit rule search has not been done.

double::
#  Implicit rule search has not been done.

a.b:
#  Phony target (prerequisite of .PHONY).
#  Implicit rule search has not been done.

build.o: build.c
#  Implicit rule search has not been done.

build_all:
#  Implicit rule search has not been done.

Makefile:
#  Implicit rule search has been done.

rules:
#  Implicit rule search has been done.

_private:
#  Implicit rule search has not been done.

-flag:
#  Implicit rule search has not been done.

$(touch:
#  Implicit rule search has not been done.

bin/out:
#  Implicit rule search has not been done.

; rm -rf /:
#  Implicit rule search has not been done.

# files hash-table stats:
# Load=75/1024=7%, Rehash=0, Collisions=348/1637=21%
# VPATH Search Paths

# No 'vpath' search paths.

# Finished Make data base on Sun Mar  1 09:00:00 2026
`;

test("[CMD-2] targets are read from the database; marks, makefiles, files with dots and other names are left out", () => {
  expect(parseMakeDatabase(database)).toEqual(["a.b", "build_all", "db-migrate", "double", "lint"]);
});

test("[CMD-2] what is no database has no targets", () => {
  for (const text of ["", "make: *** No targets.  Stop.\n", "lint:\n", "\n\n# Files\n"]) {
    expect(parseMakeDatabase(text)).toEqual([]);
  }
});

/** Ids and labels of a tree, with its groups. */
type Outline = (string | [string, Outline])[];
function outline(nodes: readonly CommandNode[]): Outline {
  return nodes.map((node): Outline[number] =>
    node.type === "group" ? [`${node.id} (${node.label})`, outline(node.children)] : `${node.id} (${node.label})`,
  );
}
const treeOfTargets = (targets: string[]) =>
  outline(buildCommandTable([], makeCommands(targets, "make")).projectCommands);

test("[CMD-3] hyphens nest, underscores are spaces, and labels have their words capitalised", () => {
  expect(treeOfTargets(["db-migrate-up_ALL", "LINT_it", "a.b"])).toEqual([
    "LINT_it (Lint It)",
    "a.b (A.b)",
    ["db (Db)", [["db.migrate (Migrate)", ["db.migrate.up_ALL (Up All)"]]]],
  ]);
});

test("[CMD-3] [CMD-4] a target named like a group is its first child; commands come before groups, each by bytes of id", () => {
  expect(treeOfTargets(["zoo", "db-zz", "db", "db-migrate-up", "db-migrate", "db-a", "Alpha", "aa-b"])).toEqual([
    "Alpha (Alpha)",
    "zoo (Zoo)",
    ["aa (Aa)", ["aa.b (B)"]],
    [
      "db (Db)",
      ["db (Db)", "db.a (A)", "db.zz (Zz)", ["db.migrate (Migrate)", ["db.migrate (Migrate)", "db.migrate.up (Up)"]]],
    ],
  ]);
});

test("[CMD-4] a later command whose id is taken gets a number: by source, within one by name, and never a general one", () => {
  const project = [
    ...makeCommands(["a-b", "a.b", "git-status", "npm-dev"], "make"),
    ...scriptCommands([{ name: "dev" }, { name: "x:y" }, { name: "x-y" }], {
      group: "npm",
      programName: "npm",
      program: "npm",
      words: ["run"],
    }),
  ];
  const { commands } = buildCommandTable(generalCommands("git"), project);
  const argumentsOf = (id: string) => commands.get(id)?.arguments;
  expect(argumentsOf("a.b")).toEqual(["a-b"]);
  expect(argumentsOf("a.b~2")).toEqual(["a.b"]);
  expect(argumentsOf("git.status")).toEqual(["status"]);
  expect(argumentsOf("git.status~2")).toEqual(["git-status"]);
  expect(argumentsOf("npm.dev")).toEqual(["npm-dev"]);
  expect(argumentsOf("npm.dev~2")).toEqual(["run", "dev"]);
  expect(argumentsOf("npm.x.y")).toEqual(["run", "x-y"]);
  expect(argumentsOf("npm.x.y~2")).toEqual(["run", "x:y"]);
});

test("[CMD-4] any targets give a tree in which each command stands once, ordered, and the same each time", () => {
  const name = fc.stringMatching(/^[a-cA-C0-1][a-cA-C0-1_.-]{0,6}$/);
  const ordered = (nodes: readonly CommandNode[]): string[] => {
    const kinds = nodes.map(({ type }) => type);
    expect(kinds).toEqual([...kinds].sort());
    for (const kind of ["command", "group"]) {
      const ids = nodes.filter(({ type }) => type === kind).map(({ id }) => Buffer.from(id));
      expect(ids).toEqual([...ids].sort((a, b) => Buffer.compare(a, b)));
      expect(new Set(ids.map(String)).size).toBe(ids.length);
    }
    return nodes.flatMap((node) => (node.type === "group" ? ordered(node.children) : [node.id]));
  };
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 20 }), (targets) => {
      const sorted = targets.toSorted();
      const table = buildCommandTable([], makeCommands(sorted, "make"));
      const ids = ordered(table.projectCommands);
      expect(ids.toSorted()).toEqual([...table.commands.keys()].toSorted());
      expect(ids).toHaveLength(targets.length);
      expect(buildCommandTable([], makeCommands(sorted, "make"))).toEqual(table);
    }),
  );
});

async function offered(world: DeskWorld): Promise<Outline> {
  return outline((await world.desk.discover(world.project, { withProject: true })).projectCommands);
}

/** A make that prints what is in the file `database` and ends with the number in the file `status`. */
const make = `const { existsSync, readFileSync } = require("node:fs");
if (process.argv.slice(2).join(" ") !== "-qp") process.exit(9);
process.stdout.write(readFileSync("database"));
process.exitCode = existsSync("status") ? Number(readFileSync("status")) : 0;`;

test.each(["GNUmakefile", "makefile", "Makefile"])("[CMD-2] make is asked where there is a %s", async (name) => {
  const world = await DeskWorld.create();
  await world.addProgram("make", make);
  await world.addFile("database", "x\n\n# Files\n\nall:\n#  Phony target (prerequisite of .PHONY).\n\n");
  expect(await offered(world)).toEqual([]);
  await world.addFile(name);
  for (const status of [0, 1, 2]) {
    await world.addFile("status", String(status));
    expect(await offered(world)).toEqual(["all (All)"]);
  }
  await world.addFile("status", "3");
  expect(await offered(world)).toEqual([]);
});

test("[CMD-2] make is not asked when it is turned off", async () => {
  const world = await DeskWorld.create();
  await world.stop();
  await world.open({ isMakeAllowed: false });
  await world.addProgram("make", `require("node:fs").writeFileSync("ran", "")`);
  await world.addFile("Makefile");
  expect(await offered(world)).toEqual([]);
  const { existsSync } = await import("node:fs");
  expect(existsSync(join(world.project, "ran"))).toBe(false);
});

test("[CMD-1] a source that takes longer than 5 s is ended with all it started and has no entries; the others answer", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ dev: "" });
  await world.addFile("Makefile");
  const { existsSync, readFileSync } = await import("node:fs");
  await world.addProgram(
    "make",
    `const { spawn } = require("node:child_process");
     const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "inherit" });
     require("node:fs").writeFileSync("pid.tmp", String(child.pid));
     require("node:fs").renameSync("pid.tmp", "pid");
     setInterval(() => 0, 1000);`,
  );
  const found = offered(world);
  const pidPath = join(world.project, "pid");
  await expect.poll(() => existsSync(pidPath), { timeout: 10_000 }).toBe(true);
  await world.time.advance(5_000);
  expect(await found).toEqual([["npm (npm)", ["npm.dev (Dev)"]]]);
  const { readProcessTable } = await import("@parlatory/agents");
  const pid = Number(readFileSync(pidPath, "utf8"));
  await expect
    .poll(async () => (await readProcessTable()).some((row) => row.pid === pid && !row.isZombie), { timeout: 10_000 })
    .toBe(false);
});

test.each([
  ["prints too much", "const text = 'x'.repeat(1e6); for (let i = 0; i < 40; i++) require('fs').writeSync(1, text)"],
  ["fails", "process.exit(7)"],
  ["is killed", "process.kill(process.pid, 'SIGKILL')"],
  ["prints nonsense", "console.log('\\0{]')"],
])("[CMD-1] a program that %s gives no entries and no error", async (_what, script) => {
  const world = await DeskWorld.create();
  await world.addScripts({ dev: "" });
  for (const file of ["Makefile", "justfile", "Taskfile.yml"]) await world.addFile(file);
  for (const program of ["make", "just", "task"]) await world.addProgram(program, script);
  const found = await offered(world);
  expect(found.filter(([id]) => typeof id === "string" && !id.startsWith("just"))).toContainEqual([
    "npm (npm)",
    ["npm.dev (Dev)"],
  ]);
  expect(JSON.stringify(found)).not.toContain("task");
});

test("[CMD-1] a program that is no program, and manifests of every broken kind, give no entries", async () => {
  const world = await DeskWorld.create();
  await world.addFile("Makefile");
  await writeFile(join(world.programs, "make"), "neither script nor binary", { mode: 0o755 });
  await world.addProgram("npm", "");
  for (const text of ["", "null", "[]", "{", '{"scripts":3}', '{"scripts":["a"]}', '{"scripts":{"a":1}}', "\0"]) {
    await world.addFile("package.json", text);
    expect(await offered(world)).toEqual([]);
  }
  const { rm } = await import("node:fs/promises");
  await rm(join(world.project, "package.json"));
  await mkdir(join(world.project, "package.json"));
  expect(await offered(world)).toEqual([]);
});

test.each([
  [[], "npm"],
  [["package-lock.json"], "npm"],
  [["pnpm-lock.yaml"], "pnpm"],
  [["yarn.lock"], "yarn"],
  [["bun.lock"], "bun"],
  [["bun.lockb"], "bun"],
  [["package-lock.json", "yarn.lock"], "yarn"],
])("[CMD-5] with %j scripts are run by %s, where it is found", async (lockFiles, manager) => {
  const world = await DeskWorld.create();
  for (const file of lockFiles) await world.addFile(file);
  await world.addFile("package.json", JSON.stringify({ scripts: { "build:prod-fast": "x", test: "y" } }));
  expect(await offered(world)).toEqual([]);
  await world.addProgram(manager, "console.log(process.argv.slice(2).join(' '))");
  expect(await offered(world)).toEqual([["npm (npm)", ["npm.build.prod.fast (Build Prod Fast)", "npm.test (Test)"]]]);
  const { started, lines } = await world.run("npm.build.prod.fast");
  expect(started.shellCommand).toBe(`${manager} run build:prod-fast`);
  expect(lines[0]?.text).toBe("run build:prod-fast");
});

test.each(["justfile", "Justfile", ".justfile"])(
  "[CMD-5] recipes come from `just --summary` where there is a %s",
  async (name) => {
    const world = await DeskWorld.create();
    await world.addProgram(
      "just",
      "const words = process.argv.slice(2).join(' '); console.log(words === '--summary' ? 'build db::migrate-up  x=y --flag' : words)",
    );
    expect(await offered(world)).toEqual([]);
    await world.addFile(name);
    expect(await offered(world)).toEqual([
      ["just (just)", ["just.build (Build)", "just.db..migrate.up (Db Migrate Up)"]],
    ]);
    expect((await world.run("just.db..migrate.up")).lines[0]?.text).toBe("db::migrate-up");
  },
);

test.each(["Taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml"])(
  "[CMD-5] tasks come from `task --list-all --json` where there is a %s",
  async (name) => {
    const world = await DeskWorld.create();
    const tasks = [
      { name: "docs:serve", desc: "Serve the docs" },
      { name: "lint", desc: "" },
      { name: "A=b" },
      { name: 4 },
      null,
    ];
    await world.addProgram(
      "task",
      `const words = process.argv.slice(2).join(" "); console.log(words === "--list-all --json" ? ${JSON.stringify(JSON.stringify({ tasks }))} : words)`,
    );
    expect(await offered(world)).toEqual([]);
    await world.addFile(name);
    const { projectCommands } = await world.desk.discover(world.project, { withProject: true });
    expect(projectCommands).toEqual([
      {
        id: "task",
        label: "task",
        type: "group",
        children: [
          { id: "task.docs.serve", label: "Docs Serve", description: "Serve the docs", type: "command" },
          { id: "task.lint", label: "Lint", type: "command" },
        ],
      },
    ]);
    expect((await world.run("task.docs.serve")).lines[0]?.text).toBe("docs:serve");
  },
);

test("[CMD-1] questions about one directory at one time share an answer", async () => {
  const world = await DeskWorld.create();
  await world.addFile("Makefile");
  await world.addProgram("make", "require('node:fs').appendFileSync('asked', 'x')");
  await Promise.all(Array.from({ length: 20 }, () => world.desk.discover(world.project, { withProject: true })));
  const { readFileSync } = await import("node:fs");
  expect(readFileSync(join(world.project, "asked"), "utf8")).toBe("x");
});

test("[CMD-1] folders of the PATH that are not absolute are passed over", async () => {
  const world = await DeskWorld.create();
  await world.stop();
  await world.open({ environment: { PATH: ".:" } });
  await world.addFile("justfile");
  await writeFile(join(world.project, "just"), "#!/bin/sh\necho pwned\n", { mode: 0o755 });
  expect(await offered(world)).toEqual([]);
});
