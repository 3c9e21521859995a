import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LaunchWorld, startedIn, type LaunchUser, type Started } from "./support/launch-world.ts";
import { parl } from "./support/parl-process.ts";

let world: LaunchWorld;
let user: LaunchUser;

beforeAll(async () => {
  world = await LaunchWorld.open([
    { slug: "alpha", members: ["ada", "grace"] },
    { slug: "beta", members: ["ada"] },
  ]);
  user = world.user([["ada", 0]]);
});
afterAll(() => world.end());

async function start(args: readonly string[], env: Record<string, string> = {}, input = ""): Promise<Started> {
  const end = await user.run(["-y", "--name", "ann", ...args], input, env);
  const started = startedIn(end.stdout);
  if (started === undefined) throw new Error(`the agent was not started: ${end.stdout}\n${end.stderr}`);
  return started;
}

const channel = ["--dangerously-load-development-channels", "server:parlatory"];

describe("arguments of the agent", () => {
  test("[CLI-33] unknown flags and everything behind -- go on unchanged and in order", async () => {
    const given = ["--model", "opus", "-c", "a prompt", "--", "--name", "other", "-y", "", "--", "rest"];
    const { argv } = await start(["--quiet", ...given]);
    const own = argv.indexOf(channel[0] ?? "");
    expect(argv.slice(0, own)).toEqual(["--model", "opus", "-c", "a prompt", "--name", "other", "-y", ""]);
    expect(argv.slice(argv.indexOf("--"))).toEqual(["--", "rest"]);
  });

  test("[CLI-33] the channel is asked for in mode push only, and not with --no-channel", async () => {
    expect((await start([])).argv.join(" ")).toContain(channel.join(" "));
    expect((await start(["--no-channel"])).argv).not.toContain(channel[0]);
    expect((await start(["--message-mode", "inbox"])).argv).not.toContain(channel[0]);
  });

  test("[CLI-33] no permission-skipping flag is ever added, and the user's own goes on", async () => {
    expect((await start([])).argv.join(" ")).not.toContain("skip-permissions");
    expect((await start(["--dangerously-skip-permissions"])).argv).toContain("--dangerously-skip-permissions");
  });

  test("[CLI-33] --agent of another name is the agent's own option", async () => {
    expect((await start(["--agent", "reviewer"])).argv.slice(0, 2)).toEqual(["--agent", "reviewer"]);
  });

  test("[CLI-35] without install, server and hooks come as options, and no file of the user changes", async () => {
    const before = await readdir(user.home);
    const { argv } = await start([]);
    const value = (flag: string): unknown => JSON.parse(argv[argv.indexOf(flag) + 1] ?? "null");
    const program = join(user.home, "parl/bin/parl");
    expect(value("--mcp-config")).toEqual({
      mcpServers: { parlatory: { type: "stdio", command: program, args: ["mcp"] } },
    });
    expect(JSON.stringify(value("--settings"))).toContain("parl hook deliver --status idle");
    expect(await readdir(user.home)).toEqual(before);
  });

  test("[CLI-35] the user's own --settings are not replaced, and that is said", async () => {
    const end = await user.run(["-y", "--settings", "mine.json"]);
    const { argv } = startedIn(end.stdout) ?? { argv: [] };
    expect(argv.filter((word) => word === "--settings")).toHaveLength(1);
    expect(end.stderr).toContain("no hooks are added for this session");
  });

  test("[CLI-35] after install nothing is passed any more; after install --no-hooks no hooks are forced in", async () => {
    for (const args of [["install"], ["install", "--no-hooks"]]) {
      const installed = world.user([["ada", 0]]);
      await parl(args, { home: installed.home });
      const { argv } = startedIn((await installed.run(["-y"])).stdout) ?? { argv: ["not started"] };
      expect(argv).toEqual(channel);
    }
  });
});

describe("environment of the agent", () => {
  test("[CLI-34] says who it is, with a fresh hook token, and has no key or secret of ours", async () => {
    const secrets = {
      PARL_TOKEN: "secret-token",
      PARL_DATABASE_URL: "postgres://u:secret-pw@h/d",
      PARL_METRICS_TOKEN: "secret-m",
    };
    const args = ["--role", "lead", "--groups", "a:lead, b", "--message-mode", "inbox"];
    const first = await start(args, { ...secrets, KEPT: "1", PARL_ROLE: "stale" });
    expect(first.env).toMatchObject({
      PARL_MESH: "alpha",
      PARL_DISPLAY_NAME: "ann",
      PARL_ROLE: "lead",
      PARL_GROUPS: "a:lead,b",
      PARL_MESSAGE_MODE: "inbox",
      PARL_HOME: join(user.home, "parl"),
      KEPT: "1",
    });
    expect(first.env["PARL_HOOK_TOKEN"]).toMatch(/^[A-Za-z0-9_-]{32,128}$/);
    const { secretKey, rootKey = "none" } = world.mesh.entry("ada");
    const everything = JSON.stringify(first);
    for (const secret of ["secret-", secretKey, rootKey]) expect(everything).not.toContain(secret);
    expect((await start(args)).env["PARL_HOOK_TOKEN"]).not.toBe(first.env["PARL_HOOK_TOKEN"]);
  });

  test("[CLI-34] a PARL_MESH that is not joined any more is an error of launch", async () => {
    const end = await user.run(["-y", "--json"], "", { PARL_MESH: "gone" });
    expect(JSON.parse(end.stdout)).toMatchObject({ exit_code: 1, error: { kind: "mesh_not_found", target: "gone" } });
    expect((await start(["--mesh", "alpha"], { PARL_MESH: "gone" })).env["PARL_MESH"]).toBe("alpha");
  });

  test("[CLI-3] PARL_MESH chooses among several meshes, and --mesh goes before it", async () => {
    const both = world.user([
      ["ada", 0],
      ["ada", 1],
    ]);
    const meshOf = async (args: string[]): Promise<unknown> =>
      startedIn((await both.run(["-y", ...args], "", { PARL_MESH: "beta" })).stdout)?.env["PARL_MESH"];
    expect(await meshOf([])).toBe("beta");
    expect(await meshOf(["--mesh", "alpha"])).toBe("alpha");
  });

  test("[CLI-4] name, role, groups and message mode of the config are the defaults", async () => {
    const config = { displayName: "conny", role: "observer", groups: "x", messageMode: "off" };
    const configured = world.user([["ada", 0]], { config });
    const { env } = startedIn((await configured.run(["-y"])).stdout) ?? { env: {} as Record<string, string> };
    expect(env).toMatchObject({
      PARL_DISPLAY_NAME: "conny",
      PARL_ROLE: "observer",
      PARL_GROUPS: "x",
      PARL_MESSAGE_MODE: "off",
    });
  });
});

describe("in the mesh", () => {
  test("[CLI-32] [CLI-35] the MCP server given to the agent is a peer of this name, role and groups", async () => {
    const script = `
      const { spawn } = require("node:child_process");
      const { command, args } = JSON.parse(process.argv[process.argv.indexOf("--mcp-config") + 1]).mcpServers.parlatory;
      const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
      const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "claude-code", version: "1" } };
      server.stdin.write(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params }) + "\\n");
      process.on("SIGTERM", () => server.stdin.end());
      server.on("close", (code) => process.exit(code));`;
    const agent = world.user([["ada", 0]], { script });
    const run = agent.launch(["-y", "--name", "mcp-ann", "--role", "reviewer", "--groups", "g:lead, h"]);
    const witness = await world.mesh.peer("grace");
    await world.mesh.present(witness, "mcp-ann");
    const row = (await witness.client.listPeers()).find(({ displayName }) => displayName === "mcp-ann");
    expect(row).toMatchObject({ role: "reviewer", groups: [{ name: "g", role: "lead" }, { name: "h" }] });
    run.child.kill("SIGTERM");
    expect(await run.ended).toMatchObject({ code: 0, signal: null });
  });
});

describe("the process", () => {
  test("[CLI-33] the agent's exit code is passed on, in both modes and without any envelope", async () => {
    const failing = world.user([["ada", 0]], { script: "process.exitCode = 42;" });
    for (const mode of [[], ["--json"]]) {
      const end = await failing.run(["-y", "--quiet", ...mode]);
      expect(end).toMatchObject({ code: 42, signal: null, stderr: "" });
      expect(end.stdout.trim().split("\n")).toHaveLength(1);
    }
  });

  test("[CLI-33] the agent's signal is passed on", async () => {
    const dying = world.user([["ada", 0]], { script: "process.kill(process.pid, 'SIGKILL');" });
    expect(await dying.run(["-y"])).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "[CLI-33] %s goes on to the agent, each time, and the agent decides",
    async (signal) => {
      const script = `
      let seen = 0;
      for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => {
        console.log("got " + name);
        if (++seen === 3) process.exit(9);
      });
      setInterval(() => {}, 1000);
      console.log("ready");`;
      const run = world.user([["ada", 0]], { script }).launch(["-y"]);
      await run.shows(/ready\n/);
      for (const times of [1, 2, 3]) {
        run.child.kill(signal);
        await run.shows(new RegExp(`(got ${signal}\n){${times}}`));
      }
      expect(await run.ended).toMatchObject({ code: 9 });
    },
  );

  test("[CLI-33] what stands in the pipe behind the answers is for the agent", async () => {
    const script = `let text = ""; process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => console.log("read " + JSON.stringify(text)));`;
    const reading = world.user([["ada", 0]], { script });
    const asked = await reading.run(["--name", "a"], "\n\ny\nfirst\nsecond");
    expect(asked.stdout).toContain(String.raw`read "first\nsecond"`);
    expect((await reading.run(["-y"], "all of it\n")).stdout).toContain(String.raw`read "all of it\n"`);
  });

  test("[CLI-33] a program that is not there is an error that says how to get it", async () => {
    const empty = await mkdtemp(join(tmpdir(), "parl-path-"));
    const missing = await user.run(["-y", "--json"], "", { PARL_CLAUDE: "", PATH: empty });
    expect(JSON.parse(missing.stdout)).toMatchObject({
      exit_code: 1,
      error: {
        kind: "engine_unavailable",
        target: "claude",
        hint: expect.stringContaining("npm install -g") as string,
      },
    });
    const wrong = await user.run(["-y", "--json"], "", { PARL_CLAUDE: join(empty, "nothing") });
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      error: { kind: "engine_unavailable", target: join(empty, "nothing") },
    });
    const broken = join(empty, "broken");
    await writeFile(broken, "#!/nowhere/at/all\n", { mode: 0o755 });
    const unstartable = await user.run(["-y", "--json", "--quiet"], "", { PARL_CLAUDE: broken });
    expect(JSON.parse(unstartable.stdout)).toMatchObject({ error: { kind: "engine_unavailable", errno: "ENOENT" } });
    await rm(empty, { recursive: true });
  });

  test("[CLI-33] claude is found on PATH", async () => {
    const end = await user.run(["-y"], "", {
      PARL_CLAUDE: "",
      PATH: `${join(user.home, "bin")}:${process.env["PATH"]}`,
    });
    expect(startedIn(end.stdout)).toBeDefined();
  });

  test("[CLI-34] no copy of the config is made", async () => {
    await start([]);
    expect(await readdir(join(user.home, "parl"))).toEqual(["bin", "config.json"]);
    expect(await readFile(join(user.home, "parl/bin/parl"), "utf8")).not.toContain(world.mesh.entry("ada").secretKey);
  });
});

describe("without a mesh", () => {
  test("[CLI-30] launch says how to get one", async () => {
    const nobody = world.user([]);
    const end = await nobody.run(["-y", "--json"]);
    expect(JSON.parse(end.stdout)).toMatchObject({
      error: { kind: "not_joined", hint: expect.stringContaining("parl join") as string },
    });
  });
});

describe("with an invite", () => {
  test("[CLI-32] [INV-3] --join joins first, says what it joins, and uses that mesh", async () => {
    const link = await world.invite("guests");
    const guest = world.user([["ada", 0]]);
    const end = await guest.run(["-y", "--name", "guest", "--join", link]);
    expect(startedIn(end.stdout)?.env).toMatchObject({ PARL_MESH: "guests", PARL_DISPLAY_NAME: "guest" });
    expect(end.stderr).toMatch(/^parl: joining guests on ws:\/\/127\.0\.0\.1:\d+\/ws \(owner key [0-9a-f]{16}\)\n/);
    const config = JSON.parse(await readFile(join(guest.home, "parl/config.json"), "utf8")) as {
      meshes: { slug: string }[];
    };
    expect(config.meshes.map(({ slug }) => slug)).toEqual(["alpha", "guests"]);
  });

  test("[CLI-32] an invite that does not work starts nothing and joins nothing", async () => {
    const guest = world.user([]);
    const end = await guest.run(["-y", "--json", "--join", "not-an-invite"]);
    expect(JSON.parse(end.stdout)).toMatchObject({ exit_code: 1, error: { kind: "invite_malformed" } });
    const config = JSON.parse(await readFile(join(guest.home, "parl/config.json"), "utf8")) as { meshes: unknown[] };
    expect(config.meshes).toEqual([]);
  });
});
