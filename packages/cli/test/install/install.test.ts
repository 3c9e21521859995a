import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parl, type ParlEnd } from "../launch/support/parl-process.ts";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "parl in stall-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const mcpFile = (): string => join(home, ".claude.json");
const settingsFile = (): string => join(home, ".claude", "settings.json");

async function json(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ end: ParlEnd; body: Record<string, unknown> }> {
  const end = await parl([...args, "--json"], { home, env: { PARL_VALIDATE: "1", ...env } });
  return { end, body: JSON.parse(end.stdout) as Record<string, unknown> };
}

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  await chmod(path, mode);
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const text = (path: string): Promise<string> => readFile(path, "utf8");

describe("install", () => {
  test("[CLI-8] makes both files where there are none, private to the user", async () => {
    const { end, body } = await json(["install"]);
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(body).toMatchObject({
      changed: true,
      hooks: true,
      mcp_file: mcpFile(),
      settings_file: settingsFile(),
      backups: [],
    });
    expect(JSON.parse(await text(mcpFile()))).toEqual({
      mcpServers: { parlatory: { type: "stdio", command: join(home, "parl/bin/parl"), args: ["mcp"] } },
    });
    const { hooks } = JSON.parse(await text(settingsFile())) as { hooks: Record<string, unknown> };
    expect(Object.keys(hooks)).toEqual(["UserPromptSubmit", "PostToolUse", "Stop"]);
    expect(await modeOf(mcpFile())).toBe(0o600);
    expect(await modeOf(settingsFile())).toBe(0o600);
  });

  test("[CLI-8] keeps modes, unknown keys and their order, backs both files up first, and the second time does nothing", async () => {
    const mcp = `{"numStartups":12345678901234567890,"2":[],"1":{},"mcpServers":{"other":{"command":"x"}},"z":1}`;
    const settings = `{\n    "model": "opus",\n    "hooks": {}\n}\n`;
    await write(mcpFile(), mcp, 0o600);
    await write(settingsFile(), settings, 0o640);
    const { body } = await json(["install"]);
    const [first = "", second = ""] = body["backups"] as string[];
    expect([await text(first), await text(second)]).toEqual([mcp, settings]);
    expect([await modeOf(first), await modeOf(second)]).toEqual([0o600, 0o640]);
    const entry = JSON.stringify({ type: "stdio", command: join(home, "parl/bin/parl"), args: ["mcp"] });
    expect(await text(mcpFile())).toBe(mcp.replace(`"x"}}`, `"x"},"parlatory":${entry}}`));
    expect(await text(settingsFile())).toMatch(/^\{\n {4}"model": "opus",\n {4}"hooks": \{\n {8}"UserPromptSubmit"/);
    expect([await modeOf(mcpFile()), await modeOf(settingsFile())]).toEqual([0o600, 0o640]);

    const state = async (): Promise<unknown> => [
      await text(mcpFile()),
      await text(settingsFile()),
      await readdir(home),
      await readdir(join(home, ".claude")),
    ];
    const before = await state();
    expect((await json(["install"])).body).toMatchObject({ changed: false, backups: [] });
    expect(await state()).toEqual(before);
  });

  test("[CLI-8] the registered command runs without parl on PATH, from a home with blanks in its name", async () => {
    await json(["install"]);
    const { hooks } = JSON.parse(await text(settingsFile())) as { hooks: { Stop: { hooks: { command: string }[] }[] } };
    const command = hooks.Stop[0]?.hooks[0]?.command ?? "";
    expect(command).toContain("parl hook deliver --status idle");
    // `hook deliver` says nothing whatever happens [HOOK-21], so the way to program and home is proved by another command.
    const other = command.replace("hook deliver --status idle", "welcome --json");
    const keys = { meshId: "m", memberId: "n", pubkey: "p", secretKey: "s", brokerUrl: "ws://127.0.0.1:1/ws" };
    await writeFile(join(home, "parl/config.json"), JSON.stringify({ meshes: [{ ...keys, slug: "found" }] }));
    const env = { HOME: home, PATH: "/usr/bin:/bin" };
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", other], { env });
    expect(JSON.parse(stdout)).toMatchObject({ command: "welcome", meshes: ["found"], registered: true });
  });

  test("[CLI-8] --no-hooks registers the MCP server only", async () => {
    await write(settingsFile(), `{"model":"opus"}`);
    expect((await json(["install", "--no-hooks"])).body).toMatchObject({ changed: true, hooks: false });
    expect(await text(settingsFile())).toBe(`{"model":"opus"}`);
    expect(await text(mcpFile())).toContain("parlatory");
  });

  test("[CLI-8] CLAUDE_CONFIG_DIR moves both files", async () => {
    const directory = join(home, "elsewhere");
    const { body } = await json(["install"], { CLAUDE_CONFIG_DIR: directory });
    expect(body).toMatchObject({
      mcp_file: join(directory, ".claude.json"),
      settings_file: join(directory, "settings.json"),
    });
    expect(await readdir(directory)).toEqual([".claude.json", "settings.json"]);
    expect(await readdir(home)).toEqual(["elsewhere", "parl"]);
  });

  test("[CLI-8] a file that is a link stays one, and what it points to is written", async () => {
    await write(join(home, "dotfiles/settings.json"), "{}", 0o644);
    await mkdir(join(home, ".claude"));
    await symlink(join(home, "dotfiles/settings.json"), settingsFile());
    await json(["install"]);
    expect((await lstat(settingsFile())).isSymbolicLink()).toBe(true);
    expect(await text(join(home, "dotfiles/settings.json"))).toContain("parl hook ");
  });

  test.each([
    ["half of an object", ".claude.json", `{"a":`],
    ["a list", ".claude.json", "[]"],
    ["comments", ".claude/settings.json", `{ // mine\n}`],
    ["hooks of another kind", ".claude/settings.json", `{"hooks":"none"}`],
  ])("[CLI-8] %s in a file: refused, nothing changed anywhere", async (_what, name, content) => {
    await write(mcpFile(), "{}");
    await write(settingsFile(), "{}");
    await write(join(home, name), content);
    for (const action of ["install", "uninstall"]) {
      const { end, body } = await json([action]);
      expect(end.code).toBe(1);
      expect(body["error"]).toMatchObject({ kind: "invalid_config", target: join(home, name) });
    }
    expect([await text(mcpFile()), await text(settingsFile())].toSorted()).toEqual(["{}", content].toSorted());
    expect(
      [...(await readdir(home)), ...(await readdir(join(home, ".claude")))].filter((entry) => /backup|tmp/.test(entry)),
    ).toEqual([]);
  });
});

describe("uninstall", () => {
  test("[CLI-8] gives both files their bytes back", async () => {
    const mcp = `{\n  "projects": {\n    "/a b": { "x": [1,  2] }\n  }\n}`;
    const settings = `{\n  "hooks": {\n    "Stop": [\n      { "hooks": [ { "type": "command", "command": "afplay done.aiff" } ] }\n    ]\n  }\n}\n`;
    await write(mcpFile(), mcp);
    await write(settingsFile(), settings);
    await json(["install"]);
    const { body } = await json(["uninstall"]);
    expect(body).toMatchObject({ changed: true });
    expect(body["backups"]).toHaveLength(2);
    expect([await text(mcpFile()), await text(settingsFile())]).toEqual([mcp, settings]);
  });

  test("[CLI-8] makes no file where there is none, and says so", async () => {
    const end = await parl(["uninstall"], { home });
    expect(end).toEqual({ code: 0, signal: null, stdout: "parl is not registered; nothing was changed\n", stderr: "" });
    expect(await readdir(home)).toEqual([]);
  });
});
