import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "../src/config.ts";
import { readRemoteConfig } from "../src/remote-config.ts";

const home = mkdtempSync(join(tmpdir(), "parlatory-remote-config-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => rmSync(join(home, "server.json"), { force: true }));

const write = (value: unknown): void =>
  writeFileSync(join(home, "server.json"), typeof value === "string" ? value : JSON.stringify(value));
const read = (env: Record<string, string> = {}) => readRemoteConfig(env, home, "/home/anna");

function refusalOf(value: unknown, env: Record<string, string> = {}): ConfigError {
  if (value !== undefined) write(value);
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify([value, env])} was accepted`);
}

describe("settings of the remote", () => {
  test("[RLIM-6] [AGENT-1] without a file and without a variable they are those of the contract", () => {
    expect(read()).toEqual({
      roots: [],
      defaultDirectory: "/home/anna",
      defaultAgent: "auto",
      maxRuns: 8,
      maxProcesses: 8,
      runTimeoutMs: 86_400_000,
      drainMs: 10_000,
      permissionTimeoutMs: 600_000,
      allowBypass: false,
      sweepMs: 2_000,
      push: [],
      commands: { make: true, retentionDays: 7 },
      agents: {},
    });
  });

  test("[NAME-7] [AGENT-1] the file nests them by the dots, and the environment wins", () => {
    write({
      remote: { roots: ["~/shop", "/srv/"], max_runs: 3, drain_s: 0, allow_bypass: true, default_agent: "codex" },
      commands: { make: false, retention_days: 30 },
      agents: { codex: { driver: "acp", command: "codex-acp --fast", env: { A: "b" }, model: "small" } },
      something_else: { of: "another half" },
    });
    expect(read()).toMatchObject({
      roots: ["/home/anna/shop", "/srv"],
      maxRuns: 3,
      drainMs: 0,
      allowBypass: true,
      defaultAgent: "codex",
      commands: { make: false, retentionDays: 30 },
      agents: { codex: { driver: "acp", command: "codex-acp --fast", env: { A: "b" }, model: "small" } },
    });
    const env = {
      PARL_REMOTE_MAX_RUNS: "5",
      PARL_REMOTE_ROOTS: "/a, ~/b",
      PARL_COMMANDS_MAKE: "true",
      PARL_REMOTE_ALLOW_BYPASS: "false",
      PARL_REMOTE_DEFAULT_AGENT: "echo",
      PARL_REMOTE_DEFAULT_DIRECTORY: "~",
    };
    expect(read(env)).toMatchObject({
      roots: ["/a", "/home/anna/b"],
      maxRuns: 5,
      allowBypass: false,
      defaultAgent: "echo",
      defaultDirectory: "/home/anna",
      commands: { make: true },
    });
  });

  test("[RLIM-6] a bad value stops the start and is named, never shown", () => {
    const cases: [unknown, Record<string, string>, string][] = [
      ["{ not json hunter2", {}, "server.json"],
      [[], {}, "server.json"],
      [{ remote: 5 }, {}, "remote in server.json"],
      [{ remote: { max_run: 5 } }, {}, "remote.max_run in server.json"],
      [{ remote: { max_runs: "hunter2" } }, {}, "remote.max_runs in server.json"],
      [{ remote: { max_runs: 0 } }, {}, "remote.max_runs in server.json"],
      [undefined, { PARL_REMOTE_MAX_RUNS: "hunter2" }, "PARL_REMOTE_MAX_RUNS"],
      [undefined, { PARL_REMOTE_SWEEP_S: "31" }, "PARL_REMOTE_SWEEP_S"],
      [undefined, { PARL_REMOTE_ROOTS: "hunter2" }, "PARL_REMOTE_ROOTS"],
      [undefined, { PARL_REMOTE_ALLOW_BYPASS: "hunter2" }, "PARL_REMOTE_ALLOW_BYPASS"],
      [undefined, { PARL_REMOTE_DEFAULT_AGENT: "hunter2" }, "PARL_REMOTE_DEFAULT_AGENT"],
      [{ agents: { codex: { driver: "hunter2" } } }, {}, "agents.codex.driver"],
      [{ agents: { codex: { driver: "acp" } } }, {}, "agents.codex.command"],
      [{ agents: { codex: { driver: "echo", env: { A: 5 } } } }, {}, "agents.codex.env"],
      [{ remote: { push: [{ kind: "pigeon", address: "hunter2" }] } }, {}, "remote.push[0].kind"],
      [undefined, { PARL_REMOTE_PUSH: "hunter2" }, "remote.push"],
    ];
    for (const [value, env, setting] of cases) {
      rmSync(join(home, "server.json"), { force: true });
      const refused = refusalOf(value, env);
      expect(refused.setting).toBe(setting);
      expect(refused.message).toContain(setting);
      expect(refused.message).not.toContain("hunter2");
    }
  });
});
