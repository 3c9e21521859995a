import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pickEnvironment } from "../../src/harness/environment.ts";
import { setupReportLines } from "../../src/reports/setup-report.ts";
import { isTrustedDirectory } from "../../src/reports/trusted-directory.ts";

let directory = "";
let project = "";
let userHome = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parl-setup-"));
  project = join(directory, "project");
  userHome = join(directory, "home");
  for (const folder of [project, join(userHome, ".claude")]) mkdirSync(folder, { recursive: true });
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function report(): Promise<string[]> {
  let time = 0;
  return setupReportLines({
    env: pickEnvironment({}),
    home: join(userHome, ".parlatory"),
    userHome,
    workingDirectory: project,
    product: { version: "1.2.3", build: "source", runtime: "node", runtimeVersion: "24.1.0" },
    monotonicMs: () => (time += 2),
    durationMs: (since) => (time += 2) - since,
  });
}

const none = ["- plugin_init=True", "- skill_init=True", "- mcp_prefetch=True", "- session_hooks=True"];

test("[CMD-setup-report-1] [TXT-2] tells runtime, platform, trust, directory, and what was read with its time", async () => {
  writeFileSync(join(project, "Makefile"), "a:\nb:\n");
  mkdirSync(join(project, ".claude/skills/review"), { recursive: true });
  writeFileSync(join(project, ".claude/skills/review/SKILL.md"), "---\ndescription: Reviews\n---\n");
  writeFileSync(join(project, ".mcp.json"), '{"mcpServers": {"docs": {"command": "x"}}}');
  expect(await report()).toEqual([
    "# Setup Report",
    "",
    "Runtime: node 24.1.0",
    `Platform: ${process.platform}-${process.arch}`,
    "Trusted mode: True",
    `CWD: ${project}`,
    "",
    "Prefetches:",
    "- product: version 1.2.3 (2 ms)",
    `- config: 0 meshes in ${join(userHome, ".parlatory/config.json")} (2 ms)`,
    `- project targets: 2 in ${project} (2 ms)`,
    `- skills: 1 in ${project}/.claude/skills and ${userHome}/.claude/skills (2 ms)`,
    `- MCP servers: 1 in ${project}/.mcp.json (2 ms)`,
    `- session hooks: not registered in ${userHome}/.claude/settings.json (2 ms)`,
    "",
    "Deferred init:",
    ...none,
  ]);
});

describe("deferred init", () => {
  test("[CMD-setup-report-1] finding nothing is no error", async () => {
    expect((await report()).slice(-4)).toEqual(none);
  });

  test.each([
    ["plugin_init", () => writeFileSync(join(project, "package.json"), "{")],
    ["skill_init", () => mkdirSync(join(project, ".claude/skills/x/SKILL.md"), { recursive: true })],
    ["mcp_prefetch", () => writeFileSync(join(project, ".mcp.json"), "[]")],
    ["session_hooks", () => writeFileSync(join(userHome, ".claude/settings.json"), "{")],
    ["session_hooks", () => writeFileSync(join(userHome, ".claude/settings.json"), '{"hooks": 5}')],
    ["session_hooks", () => mkdirSync(join(userHome, ".claude/settings.json"))],
  ])(
    "[CMD-setup-report-1] %s is False when its source cannot be used, the others are not (%#)",
    async (name, spoil) => {
      spoil();
      expect((await report()).slice(-4)).toEqual(none.map((line) => line.replace(`${name}=True`, `${name}=False`)));
    },
  );

  test("[CMD-setup-report-1] a config that cannot be used is told where it was read", async () => {
    mkdirSync(join(userHome, ".parlatory"));
    writeFileSync(join(userHome, ".parlatory/config.json"), "{");
    const lines = await report();
    expect(lines.find((line) => line.startsWith("- config:"))).toContain("is not JSON");
    expect(lines.slice(-4)).toEqual(none);
  });

  test("[CMD-setup-report-1] registered hooks are told", async () => {
    const hooks = { Stop: [{ hooks: [{ type: "command", command: "parl hook deliver --status idle" }] }] };
    writeFileSync(join(userHome, ".claude/settings.json"), JSON.stringify({ hooks }));
    expect((await report()).join("\n")).toContain("- session hooks: registered in ");
  });
});

test("[CMD-setup-report-1] a directory that others can change is not trusted, nor is one that is not there", async () => {
  expect(isTrustedDirectory(project)).toBe(true);
  for (const mode of [0o777, 0o775, 0o757]) {
    chmodSync(project, mode);
    expect(isTrustedDirectory(project)).toBe(false);
  }
  expect(await report()).toContain("Trusted mode: False");
  expect(isTrustedDirectory(join(directory, "nowhere"))).toBe(false);
});
