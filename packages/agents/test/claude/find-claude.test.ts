import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClaudeDriver } from "../../src/claude/claude-driver.ts";
import { findClaude } from "../../src/claude/find-claude.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "parl-find-claude-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function program(folder: string, version = "2.1.329"): string {
  mkdirSync(join(root, folder), { recursive: true });
  const path = join(root, folder, "claude");
  writeFileSync(path, `#!/bin/sh\necho '${version} (Claude Code)'\n`);
  chmodSync(path, 0o755);
  return path;
}

const pathOf = (environment: Record<string, string>) => {
  const search = findClaude(environment);
  return search.ok ? search.found.path : search.reason;
};

test("[AGENT-4] the program is that of PARL_CLAUDE_PATH, of CLAUDE_CLI_PATH, on PATH, or the user's own, in this order", () => {
  const [parl, cli, onPath, own] = ["parl", "cli", "bin", ".claude/local"].map((folder) => program(folder));
  const environment: Record<string, string> = {
    HOME: root,
    PATH: `relative:${join(root, "empty")}:${join(root, "bin")}`,
    CLAUDE_CLI_PATH: cli ?? "",
    PARL_CLAUDE_PATH: parl ?? "",
  };
  expect(pathOf(environment)).toBe(parl);
  environment["PARL_CLAUDE_PATH"] = "";
  expect(pathOf(environment)).toBe(cli);
  delete environment["CLAUDE_CLI_PATH"];
  expect(pathOf(environment)).toBe(onPath);
  environment["PATH"] = "";
  expect(pathOf(environment)).toBe(own);
  environment["HOME"] = "";
  expect(pathOf(environment)).toBe("there is no such program on PATH");
});

test("[AGENT-4] [AGENT-6] a variable that names no program is told by its name, and nothing else is taken", async () => {
  program("bin");
  const environment = { PATH: join(root, "bin"), PARL_CLAUDE_PATH: join(root, "bin") };
  const driver = createClaudeDriver({ environment, randomUuid: () => "" });
  await expect(driver.probe()).rejects.toMatchObject({
    kind: "engine_unavailable",
    message: expect.stringContaining(`PARL_CLAUDE_PATH names '${join(root, "bin")}', which is no program`),
  });
});

test("[AGENT-6] what was learnt of the program is kept until another one stands in its place", async () => {
  const path = program("bin", "2.1.196");
  const driver = createClaudeDriver({ environment: { PATH: join(root, "bin") }, randomUuid: () => "" });
  await expect(driver.probe()).rejects.toThrow("Claude Code 2.1.196 is too old: expected at least 2.1.197");
  program("bin", "2.1.197");
  expect(await driver.probe()).toMatchObject({ version: "2.1.197", capabilities: { canResumeElsewhere: false } });
  program("bin", "2.1.3290");
  expect(await driver.probe()).toMatchObject({ version: "2.1.3290", capabilities: { canResumeElsewhere: true } });
  rmSync(path);
  await expect(driver.probe()).rejects.toMatchObject({ kind: "engine_unavailable" });
});
