import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { run, type InProcessOptions, type InProcessRun } from "../support/run-in-process.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "parl-summary-"));
  mkdirSync(join(directory, "external"));
  const row = (name: string): object => ({ name, source_hint: `x/${name}`, responsibility: `Does\u001b[31m ${name}` });
  const commands = Array.from({ length: 12 }, (_, index) => row(`c${index}`));
  writeFileSync(join(directory, "external/commands.json"), JSON.stringify(commands));
  writeFileSync(join(directory, "external/tools.json"), JSON.stringify([row("t")]));
  mkdirSync(join(directory, "empty"));
  writeFileSync(join(directory, "Makefile"), "lint: # checks style\n");
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function parl(args: readonly string[], options: InProcessOptions = {}): Promise<InProcessRun> {
  return run(args, {
    table: commandTable,
    workingDirectory: directory,
    userHome: directory,
    home: directory,
    ...options,
  });
}

describe("summary", () => {
  test("[CMD-summary-1] the manifest, both surfaces, and a session as it begins", async () => {
    const { stdout, stderr, status } = await parl(["summary"], { env: { PARL_SEED_IDS: "x" } });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const manifest = (await parl(["manifest"])).stdout;
    expect(stdout.startsWith(`# Parlatory Workspace Summary\n\n${manifest}\nCommand surface: `)).toBe(true);
    const [, commands = "", tools = "", end = ""] =
      /Command surface: ([^]*)\n\nTool surface: ([^]*)\n\n(Session id: [^]*)$/u.exec(stdout) ?? [];
    expect(commands).toMatch(/^\d+ entries\n(?:- \S+ \[runnable\] — .+ \(from commands\/\S+\)\n?){10}$/u);
    expect(tools.split("\n").slice(1, 2)).toEqual([
      "- BashTool [runnable] — Runs a shell command line (from tools/BashTool/run-command)",
    ]);
    expect(end).toMatch(
      /^Session id: [0-9a-f]{32}\nConversation turns stored: 0\nPermission denials tracked: 0\nUsage totals: in=0 out=0\nMax turns: 8\nMax budget tokens: 2000\nTranscript flushed: False\n$/u,
    );
  });

  test("[CMD-summary-1] [HCOMPAT-1] [HCOMPAT-2] with an external inventory entries are mirrored, and ten are shown", async () => {
    const { stdout } = await parl(["summary", "--inventory", "external"]);
    expect(stdout).toContain(
      "\nCommand surface: 12 mirrored entries\n- c0 [mirrored] — Does\\x1b[31m c0 (from x/c0)\n",
    );
    expect(stdout).toContain("\n- c9 [mirrored]");
    expect(stdout).not.toContain("\n- c10 ");
    expect(stdout).toContain("\nTool surface: 1 mirrored entries\n- t [mirrored] — ");
    expect(stdout).not.toContain("\u001b");
  });

  test("[TXT-2] is the same text again with the same ids", async () => {
    const env = { PARL_SEED_IDS: "again" };
    expect((await parl(["summary"], { env })).stdout).toBe((await parl(["summary"], { env })).stdout);
  });

  test("[ERR-6] [ROW-5] an inventory that is not there is an error on stdout, 1", async () => {
    const { stdout, stderr, status } = await parl(["summary", "--inventory", "empty"]);
    expect(stdout).toMatch(/^error: .+\n$/u);
    expect({ stderr, status }).toEqual({ stderr: "", status: 1 });
  });
});

describe("manifest and subsystems", () => {
  test("[CMD-manifest-1] the manifest counts every source file once", async () => {
    const { stdout } = await parl(["manifest"]);
    const [, total] =
      /^Workspace root: `[^`]+`\nTotal source files: \*\*(\d+)\*\*\n\nTop-level modules:\n/u.exec(stdout) ?? [];
    const counts = [...stdout.matchAll(/^- `[a-z][a-z/-]*` \((\d+) files\) — \S.*$/gmu)].map(([, count]) =>
      Number(count),
    );
    expect(stdout.split("\n")).toHaveLength(counts.length + 5);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Number(total));
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  });

  test("[CMD-subsystems-1] name, file count and note of each module of the manifest, by tabs", async () => {
    const all = (await parl(["subsystems", "--limit", "1000"])).stdout;
    const manifest = (await parl(["manifest"])).stdout;
    const asBullets = all.replaceAll(/^(.*)\t(.*)\t(.*)$/gmu, "- `$1` ($2 files) — $3");
    expect(manifest.endsWith(`Top-level modules:\n${asBullets}`)).toBe(true);
  });

  test("[CMD-subsystems-1] [ARG-5] at most 32 unless told otherwise; a negative limit is 0 with a warning", async () => {
    const lines = async (...args: readonly string[]): Promise<number> =>
      (await parl(["subsystems", ...args])).stdout.split("\n").length - 1;
    expect([await lines(), await lines("--limit", "3"), await lines("--limit", "0")]).toEqual([32, 3, 0]);
    const negative = await parl(["subsystems", "--limit", "-5"]);
    expect(negative).toMatchObject({ stdout: "", status: 0 });
    expect(negative.stderr).toMatch(/^warning: /u);
  });
});

test("[CMD-setup-report-1] setup-report tells what it finds in the current directory", async () => {
  const { stdout, stderr, status } = await parl(["setup-report"], { env: { PARL_CLOCK: "2026-01-02T03:04:05Z" } });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toContain(`\nCWD: ${directory}\n`);
  expect(stdout).toContain(`\n- project targets: 1 in ${directory} (0 ms)\n`);
  expect(stdout).toMatch(/\nDeferred init:\n- plugin_init=True\n/u);
});

describe("the text-only commands", () => {
  test.each(["summary", "manifest", "subsystems", "setup-report", "remote-mode", "ssh-mode", "direct-connect-mode"])(
    "[TXT-1] [ARG-10] %s refuses the format flag, ignores the variable, and has help in both formats",
    async (name) => {
      const flagged = await parl([name, "x", "--json"]);
      expect(flagged).toMatchObject({ status: 1, stderr: "" });
      expect(flagged.json()).toMatchObject({ command: name, error: { kind: "parse" } });
      expect(JSON.stringify(flagged.json())).toContain("unrecognized arguments: ");
      const args = name.endsWith("-mode") ? [name, "word"] : [name];
      const ignored = await parl(args, { env: { PARL_OUTPUT_FORMAT: "json" } });
      expect(ignored.status).toBe(0);
      expect(ignored.stdout).not.toMatch(/^\{/u);
      expect((await parl([name, "--help"])).stdout).toMatch(new RegExp(`^usage: parl ${name}`, "u"));
      expect((await parl([name, "--help", "--json"])).json()).toMatchObject({ command: "help", topic: name });
    },
  );
});
