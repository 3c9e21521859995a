/** Project commands and worktrees on the real make and git, where unit tests have stand-ins. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CommandNode } from "../packages/server/src/commands/command-desk.ts";
import { ProjectCommandDesk } from "../packages/server/src/commands/project-command-desk.ts";
import { createPathPolicy } from "../packages/server/src/path-policy.ts";
import { createGit } from "../packages/server/src/sessions/worktrees/git.ts";
import { WorktreeDesk } from "../packages/server/src/sessions/worktrees/worktree-desk.ts";

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const environment = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
let folder: string;
let project: string;
let desk: ProjectCommandDesk;
const texts = new Map<string, string[]>();
const ends = new Map<string, (exitCode: number) => void>();

const git = (...words: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...words], {
    cwd: project,
    env: environment,
  })
    .toString()
    .trim();

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "parl-e2e-commands-")));
  project = join(folder, "shop");
  execFileSync("git", ["init", "--quiet", "-b", "main", project], { env: environment });
  writeFileSync(
    join(project, "Makefile"),
    `.PHONY: lint db db-migrate a.b
include rules
lint:
\t@echo linted; echo careful >&2
\t@echo lo \\
bar: baz
db db-migrate:
\t@echo $@
a.b:
\t@false
real.o: real.c
\ttouch real.o
define BIG

# Files

fake: x
endef
`,
  );
  writeFileSync(join(project, "rules"), "from_rules:\n\t@echo $$PARL_COMMAND_SESSION_ID\n");
  writeFileSync(join(project, "real.c"), "");
  git("add", ".");
  git("commit", "--quiet", "-m", "The first commit");
  desk = new ProjectCommandDesk({
    historyFolder: join(folder, "command-history"),
    environment,
    paths: createPathPolicy({ home: folder, roots: [] }),
    processes: { startOf: () => Promise.resolve(undefined), marked: () => Promise.resolve([]) },
    clock: Date,
    scheduler: {
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      soon: (run) => void setImmediate(run),
    },
    log,
    randomUuid: randomUUID,
    isMakeAllowed: true,
    retentionDays: 7,
  });
  desk.listen({
    onOutput: ({ commandSessionId }, lines) => {
      texts.set(commandSessionId, [...(texts.get(commandSessionId) ?? []), ...lines.map(({ text }) => text)]);
    },
    onComplete: ({ commandSessionId }, { exitCode }) => ends.get(commandSessionId)?.(exitCode),
  });
  await desk.start();
});

afterAll(async () => {
  await desk.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(commandId: string): Promise<{ id: string; exitCode: number; lines: string[] }> {
  const { commandSessionId: id } = await desk.execute({ commandId, workingDirectory: project, clientSessionId: "c" });
  const exitCode = await new Promise<number>((resolve) => ends.set(id, resolve));
  return { id, exitCode, lines: texts.get(id) ?? [] };
}

const idsOf = (nodes: readonly CommandNode[]): string[] =>
  nodes.flatMap((node) => (node.type === "group" ? [`(${node.id})`, ...idsOf(node.children)] : [node.id]));

test("[CMD-2] [CMD-3] the targets of a real makefile, and of what it includes", async () => {
  const { projectCommands } = await desk.discover(project, { withProject: true });
  expect(idsOf(projectCommands)).toEqual(["a.b", "from_rules", "lint", "(db)", "db", "db.migrate"]);
});

test("[CMD-9] [CMD-10] real make runs them", async () => {
  const lint = await run("lint");
  expect(lint.exitCode).toBe(0);
  expect(lint.lines.toSorted()).toEqual(["careful", "linted", "lo bar: baz"]);
  expect((await run("db.migrate")).lines).toEqual(["db-migrate"]);
  expect((await run("a.b")).exitCode).toBe(2);
  const { id, lines } = await run("from_rules");
  expect(lines).toEqual([id]);
});

test("[CMD-6] real git runs the general commands without a pager", async () => {
  expect((await run("git.log")).lines).toEqual([expect.stringMatching(/^[0-9a-f]+ The first commit$/)]);
  expect((await run("git.branch")).lines).toEqual(["* main"]);
  expect((await run("git.worktree.list")).lines[0]).toContain(project);
  for (const id of ["git.status", "git.diff"]) expect((await run(id)).exitCode).toBe(0);
  // There is no remote to push to, and nobody is asked for one.
  expect((await run("git.push")).exitCode).not.toBe(0);
});

function worktrees(): WorktreeDesk {
  return new WorktreeDesk({
    git: createGit(environment),
    paths: createPathPolicy({ home: folder, roots: [] }),
    log,
  });
}
const refuse = () => Promise.reject(new Error("the session could not be stored"));

test("[RES-1] [RES-2] a real worktree is made, and taken back with its branch when what follows fails", async () => {
  const asked = { sessionName: "Fix the cart", parentDirectory: project };
  await expect(worktrees().create(asked, refuse)).rejects.toMatchObject({ errorType: "internal_failed" });
  expect(existsSync(join(folder, "shop-fix-the-cart"))).toBe(false);
  expect(git("branch", "--list")).toBe("* main");
  const made = await worktrees().create(asked, (worktree) => Promise.resolve(worktree));
  expect(made).toEqual({ branchName: "fix-the-cart", path: join(folder, "shop-fix-the-cart") });
  expect(existsSync(join(made.path, "Makefile"))).toBe(true);
  expect(git("rev-parse", "fix-the-cart")).toBe(git("rev-parse", "HEAD"));
  await expect(worktrees().create(asked, (worktree) => Promise.resolve(worktree))).rejects.toMatchObject({
    message: `Worktree directory already exists: ${made.path}`,
  });
  git("worktree", "remove", made.path);
  await expect(worktrees().create(asked, refuse)).rejects.toMatchObject({
    message: "Branch already exists: fix-the-cart",
    details: { suggestion: "fix-the-cart-2" },
  });
});

test("[RES-2] real work in a worktree is never thrown away", async () => {
  const fail = (sessionName: string, work: (path: string) => void) =>
    worktrees().create({ sessionName, parentDirectory: project }, ({ path }) => {
      work(path);
      return refuse();
    });
  await expect(fail("changed", (path) => writeFileSync(join(path, "new"), ""))).rejects.toMatchObject({
    details: { kept: true },
  });
  const commit = (path: string): void => {
    const words = [
      "-c",
      "user.name=t",
      "-c",
      "user.email=t@localhost",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "x",
    ];
    execFileSync("git", words, { cwd: path, env: environment });
  };
  await expect(fail("committed", commit)).rejects.toMatchObject({ details: { kept: true } });
  for (const name of ["changed", "committed"]) expect(existsSync(join(folder, `shop-${name}`))).toBe(true);
  expect(git("branch", "--list", "committed")).toContain("committed");
});
