import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { RemoteError } from "@parlatory/protocol/remote";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { createPathPolicy } from "../../../src/path-policy.ts";
import { createGit } from "../../../src/sessions/worktrees/git.ts";
import { WorktreeDesk, type Worktree } from "../../../src/sessions/worktrees/worktree-desk.ts";
import { WorktreeError } from "../../../src/sessions/worktrees/worktree-error.ts";
import { cleanWorktreeName, numberedWorktreeName } from "../../../src/sessions/worktrees/worktree-name.ts";
import { standInGit } from "./support/stand-in-git.ts";

let folder: string;
let repository: string;
let desk: WorktreeDesk;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "parl-worktrees-")));
  repository = join(folder, "shop");
  await mkdir(join(repository, "src"), { recursive: true });
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin", "git"), standInGit, { mode: 0o755 });
  await writeFile(join(repository, "repo.json"), JSON.stringify({ head: "c0", branches: { main: "c0" } }));
  desk = open();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

function open(roots: string[] = [], environment: Record<string, string> = {}): WorktreeDesk {
  const silent = () => undefined;
  return new WorktreeDesk({
    git: createGit({ PATH: join(folder, "bin"), ...environment }),
    paths: createPathPolicy({ home: folder, roots }),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
}

const create = (sessionName: string | undefined, parentDirectory: string | undefined = repository, by = desk) =>
  by.create({ sessionName, parentDirectory }, (worktree) => Promise.resolve(worktree));

async function failure(promise: Promise<unknown>) {
  const thrown: unknown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(thrown instanceof WorktreeError)) throw new Error("it did not fail as a worktree does", { cause: thrown });
  return { errorType: thrown.errorType, message: thrown.message, details: thrown.details };
}

async function branches(): Promise<Record<string, string>> {
  const { branches: all } = JSON.parse(await readFile(join(repository, "repo.json"), "utf8")) as {
    branches: Record<string, string>;
  };
  return all;
}

test("[RES-1] the branch is the cleaned name and the worktree a sibling of the repository, from HEAD", async () => {
  const worktree = await create("  Fix the  Cart's total! ");
  expect(worktree).toEqual({ branchName: "fix-the-carts-total", path: join(folder, "shop-fix-the-carts-total") });
  expect(existsSync(worktree.path)).toBe(true);
  expect(await branches()).toEqual({ main: "c0", "fix-the-carts-total": "c0" });
  expect((await create("below", join(repository, "src"))).path).toBe(join(folder, "shop-below"));
  expect((await create("home", "~/shop/")).path).toBe(join(folder, "shop-home"));
});

test.each([
  [undefined, undefined, "session_name required"],
  ["", "/", "session_name required"],
  ["  ", "/", "session_name required"],
  ["x", undefined, "parent_directory required"],
  ["x", " ", "parent_directory required"],
  ["x", "here", "Path must be absolute: here"],
  ["x", "/no/such/place", "Directory does not exist: /no/such/place"],
  ["!!", "/no/such/place", "Directory does not exist: /no/such/place"],
])("[RES-1] name %j in %j: %s", async (name, directory, message) => {
  const asked = { sessionName: name, parentDirectory: directory };
  expect(await failure(desk.create(asked, () => Promise.resolve()))).toMatchObject({
    errorType: "validation_failed",
    message,
  });
});

test("[RES-1] checks go on in the contract's order: repository, name, directory, branch", async () => {
  const plain = join(folder, "plain");
  await mkdir(plain);
  await writeFile(join(plain, "file"), "");
  expect((await failure(create("x", join(plain, "file")))).message).toBe(
    `Directory does not exist: ${join(plain, "file")}`,
  );
  expect(await failure(create("!!!", plain))).toMatchObject({
    errorType: "validation_failed",
    message: `Not a git repository: ${plain}`,
  });
  expect(await failure(create("!é!"))).toMatchObject({ message: "Invalid session name: !é!" });
  const state = { head: "c0", branches: { main: "c0", taken: "c1", "taken-2": "c1" } };
  await writeFile(join(repository, "repo.json"), JSON.stringify(state));
  await mkdir(join(folder, "shop-taken-3"));
  expect(await failure(create("Taken"))).toEqual({
    errorType: "validation_failed",
    message: "Branch already exists: taken",
    details: { branchName: "taken", suggestion: "taken-4" },
  });
  await symlink("/nowhere", join(folder, "shop-taken"));
  expect((await failure(create("Taken"))).message).toBe(
    `Worktree directory already exists: ${join(folder, "shop-taken")}`,
  );
  expect((await create("taken-4")).branchName).toBe("taken-4");
});

test("[RES-1] [NAME-7] a worktree that would lie outside the roots is not made", async () => {
  const rooted = open([repository]);
  expect(await failure(create("x", repository, rooted))).toMatchObject({
    errorType: "validation_failed",
    message: `Directory not allowed: ${join(folder, "shop-x")}`,
  });
  expect(await branches()).toEqual({ main: "c0" });
});

test.each([
  "; touch pwned",
  "$(touch pwned)",
  "`touch pwned`",
  "--upload-pack=touch",
  "-b",
  "a\nb",
  "n\0ul",
  "../../etc",
  "HEAD~1",
  "a..b",
  "@{-1}",
  "x.lock",
  "ünï 😀",
])("[RES-1] the name %j reaches git as a plain word and never a shell", async (name) => {
  const { branchName } = await create(name);
  expect(branchName).toMatch(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/);
  const calls = (await readFile(join(repository, "calls"), "utf8")).trim().split("\n");
  expect(calls.map((call) => JSON.parse(call) as string[])).toContainEqual([
    "worktree",
    "add",
    "-b",
    branchName,
    join(folder, `shop-${branchName}`),
    "c0",
  ]);
  for (const place of [folder, repository]) expect(existsSync(join(place, "pwned"))).toBe(false);
});

test("[RES-1] whatever is left of a name is a plain word of at most 60 characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.integer({ min: 2, max: 9_999 }), (name, n) => {
      const cleaned = cleanWorktreeName(name);
      expect(cleaned).toMatch(/^$|^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/);
      expect(cleanWorktreeName(cleaned)).toBe(cleaned);
      fc.pre(cleaned !== "");
      expect(cleanWorktreeName(numberedWorktreeName(cleaned, n))).toBe(numberedWorktreeName(cleaned, n));
    }),
  );
  expect(cleanWorktreeName(`${"a".repeat(59)}-b`)).toBe("a".repeat(59));
});

test.each(["at once", "with a branch", "with a folder", "in a hook"])(
  "[RES-2] when git fails %s nothing stays, and a retry succeeds",
  async (how) => {
    await writeFile(join(repository, "fail-add"), how);
    expect(await failure(create("x"))).toMatchObject({
      errorType: "git_failed",
      details: { step: "worktree_add", branchName: "x", stderr: expect.stringMatching(/\S/) as string },
    });
    expect(await branches()).toEqual({ main: "c0" });
    expect(existsSync(join(folder, "shop-x"))).toBe(false);
    await rm(join(repository, "fail-add"));
    expect((await create("x")).branchName).toBe("x");
  },
);

test("[RES-2] what a hook made before it failed is kept", async () => {
  await writeFile(join(repository, "fail-add"), "in a hook with work");
  expect(await failure(create("x"))).toMatchObject({ errorType: "git_failed", details: { kept: true } });
  expect(existsSync(join(folder, "shop-x", "made-by-hook"))).toBe(true);
  expect(await branches()).toEqual({ main: "c0", x: "c0" });
});

test.each([
  ["internal_failed", new Error("secret detail"), "Failed to start a session in the worktree"],
  ["internal_failed", new RemoteError("io_error", "No room"), "No room"],
  ["agent_failed", new RemoteError("agent_unavailable", "No agent"), "No agent"],
])("[RES-2] a failure after it is %s and takes worktree and branch back", async (errorType, cause, message) => {
  let seen: Worktree | undefined;
  const asked = { sessionName: "x", parentDirectory: repository };
  const failed = desk.create(asked, (worktree) => {
    seen = worktree;
    return Promise.reject(cause);
  });
  expect(await failure(failed)).toEqual({ errorType, message, details: { step: "session", branchName: "x" } });
  expect(seen?.path).toBe(join(folder, "shop-x"));
  expect(existsSync(join(folder, "shop-x"))).toBe(false);
  expect(await branches()).toEqual({ main: "c0" });
  expect((await create("x")).branchName).toBe("x");
});

test("[RES-2] a worktree with changes, or with commits, is kept and told", async () => {
  const failAfter = (name: string, work: (worktree: Worktree) => void) =>
    failure(
      desk.create({ sessionName: name, parentDirectory: repository }, (worktree) => {
        work(worktree);
        return Promise.reject(new RemoteError("agent_error", "It broke"));
      }),
    );
  expect(await failAfter("changed", ({ path }) => writeFileSync(join(path, "new.txt"), "work"))).toMatchObject({
    errorType: "agent_failed",
    details: { kept: true, branchName: "changed" },
  });
  expect(existsSync(join(folder, "shop-changed", "new.txt"))).toBe(true);
  const all = { ...(await branches()), committed: "c9" };
  expect(
    await failAfter("committed", () =>
      writeFileSync(join(repository, "repo.json"), JSON.stringify({ head: "c0", branches: all })),
    ),
  ).toMatchObject({ details: { kept: true } });
  expect(existsSync(join(folder, "shop-committed"))).toBe(true);
  expect(await branches()).toMatchObject({ changed: "c0", committed: "c9" });
});

test("[RES-1] of requests for one name at one time one gets it, the others are told", async () => {
  const all = await Promise.allSettled(Array.from({ length: 4 }, () => create("same")));
  const outcomes = all.map((one) => (one.status === "fulfilled" ? "made" : (one.reason as WorktreeError).errorType));
  expect(outcomes.toSorted()).toEqual(["made", "validation_failed", "validation_failed", "validation_failed"]);
});

test("[RES-1] without git, and in a repository without a commit, it is git that failed", async () => {
  expect(await failure(create("x", repository, open([], { PATH: join(folder, "none") })))).toMatchObject({
    errorType: "git_failed",
    message: expect.stringContaining("git could not be run") as string,
  });
  await writeFile(join(repository, "repo.json"), JSON.stringify({ branches: {} }));
  expect(await failure(create("x"))).toMatchObject({ errorType: "git_failed", details: { step: "rev_parse" } });
});

test("[RES-1] git is not led elsewhere by the server's environment and is given none of its secrets", async () => {
  await writeFile(join(folder, "bin", "git"), `#!${process.execPath}\nconsole.log(JSON.stringify(process.env))\n`);
  const git = createGit({
    PATH: join(folder, "bin"),
    GIT_DIR: "/x",
    GIT_WORK_TREE: "/x",
    PARL_ADMIN_TOKEN: "s",
    HOME: "/h",
  });
  const environment = JSON.parse((await git(folder, ["status"])).stdout) as Record<string, string>;
  expect(environment).toMatchObject({ HOME: "/h", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" });
  for (const name of ["GIT_DIR", "GIT_WORK_TREE", "PARL_ADMIN_TOKEN"]) expect(environment).not.toHaveProperty(name);
});
