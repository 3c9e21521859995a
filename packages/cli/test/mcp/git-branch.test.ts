import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { gitBranch } from "../../src/mcp/git-branch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parl-git-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

test("[MCP-12] finds the branch at or above the directory, in worktrees too, and none on a detached head", async () => {
  file("repo/.git/HEAD", "ref: refs/heads/feature/x\n");
  file("repo/src/a.ts", "");
  expect(await gitBranch(join(folder, "repo"))).toBe("feature/x");
  expect(await gitBranch(join(folder, "repo/src"))).toBe("feature/x");
  file("repo/.git/worktrees/w/HEAD", "ref: refs/heads/w\n");
  file("w/.git", `gitdir: ${join(folder, "repo/.git/worktrees/w")}\n`);
  expect(await gitBranch(join(folder, "w"))).toBe("w");
  file("detached/.git/HEAD", `${"a".repeat(40)}\n`);
  expect(await gitBranch(join(folder, "detached"))).toBeUndefined();
});
