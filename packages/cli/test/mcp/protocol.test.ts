import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { McpProcess } from "./support/mcp-process.ts";
import { eventually, MeshWorld } from "./support/mesh-world.ts";

let world: MeshWorld | undefined;
afterEach(async () => {
  await world?.end();
  world = undefined;
});

const unreachable = "ws://127.0.0.1:9/ws";

test("[MCP-1] answers initialize and tools/list within 1 s from start while the broker cannot be reached", async () => {
  world = await MeshWorld.open();
  const home = world.home([{ ...world.entry("ada"), brokerUrl: unreachable }]);
  const mcp = world.mcp({ PARL_HOME: home });
  const [initialized, listed] = await Promise.all([mcp.initialize(), mcp.request("tools/list")]);
  expect(performance.now() - mcp.startedAt).toBeLessThan(1_000);
  expect(initialized).toMatchObject({
    protocolVersion: "2025-11-25",
    serverInfo: { name: "parlatory" },
    capabilities: { tools: {}, experimental: { "claude/channel": {} } },
  });
  expect(listed.result?.["tools"]).toHaveLength(15);
  expect(mcp.strayLines).toEqual([]);
});

test("[MCP-1] declines the newer revision's probe, so that channels stay possible", async () => {
  world = await MeshWorld.open();
  const mcp = world.mcp({ PARL_HOME: world.home([]) });
  const probe = await mcp.request("server/discover", {
    _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" },
  });
  expect(probe.error?.code).toBe(-32_601);
  expect(await mcp.initialize()).toMatchObject({ protocolVersion: "2025-11-25" });
});

test("[MCP-1] [CLI-1] ends when stdin closes, writing nothing but JSON-RPC to stdout, also where json output is the default", async () => {
  world = await MeshWorld.open();
  const home = world.home([world.entry("ada")]);
  const mcp = world.mcp({ PARL_HOME: home, PARL_DISPLAY_NAME: "ada", PARL_OUTPUT_FORMAT: "json" });
  await mcp.initialize();
  await mcp.call("list_peers");
  const before = performance.now();
  expect(await mcp.close()).toEqual({ code: 0, signal: null });
  expect(performance.now() - before).toBeLessThan(5_000);
  expect(mcp.strayLines).toEqual([]);
});

test("[MCP-2] has exactly the 15 tools, in at most 10,000 bytes, each with an optional mesh", async () => {
  world = await MeshWorld.open();
  const mcp = world.mcp({ PARL_HOME: world.home([]) });
  await mcp.initialize();
  const tools = (await mcp.request("tools/list")).result?.["tools"] as {
    name: string;
    inputSchema: { properties: Record<string, unknown>; required?: string[] };
  }[];
  const shapes = Object.fromEntries(
    tools.map(({ name, inputSchema: { properties, required = [] } }) => [
      name,
      Object.keys(properties)
        .filter((key) => key !== "mesh")
        .map((key) => (required.includes(key) ? key : `${key}?`))
        .join(" "),
    ]),
  );
  expect(shapes).toEqual({
    send_message: "to message priority? reply_to? include_offline?",
    check_messages: "max?",
    list_peers: "group?",
    set_summary: "summary",
    set_status: "status",
    join_group: "name role?",
    leave_group: "name",
    get_state: "key",
    set_state: "key value if_version?",
    list_state: "prefix?",
    watch_state: "key off?",
    remember: "content tags?",
    recall: "query tags? limit?",
    forget: "id",
    message_status: "id",
  });
  for (const tool of tools) {
    expect(tool.inputSchema.properties).toHaveProperty("mesh");
    expect(tool.inputSchema.required ?? []).not.toContain("mesh");
  }
  expect(Buffer.byteLength(JSON.stringify(tools))).toBeLessThanOrEqual(10_000);
});

test("[MCP-4] without a mesh, and for unknown tools and bad arguments, says code and next step", async () => {
  world = await MeshWorld.open();
  const home = world.home([]);
  const mcp = world.mcp({ PARL_HOME: home });
  await mcp.initialize();
  for (const [name, args] of [
    ["list_peers", {}],
    ["check_messages", {}],
    ["get_state", { key: "k" }],
  ] as const) {
    const result = await mcp.call(name, args);
    expect(result.isError).toBe(true);
    expect(result.text).toMatch(/^not_joined: .*\nNext step: .*parl join/);
  }
  expect(await mcp.call("nonsense")).toMatchObject({ isError: true, text: expect.stringContaining("unknown_tool") });
  expect(await mcp.call("send_message", { to: 7, message: "x" })).toMatchObject({
    isError: true,
    text: expect.stringContaining("bad_request: `to`"),
  });
  writeFileSync(join(home, "config.json"), "{");
  const broken = await mcp.call("list_peers");
  expect(broken.isError).toBe(true);
  expect(broken.text).toMatch(/^invalid_config: .*is not JSON.*\nNext step: ask your user to .*parl doctor/);
  // Joined meanwhile: found without a restart.
  world.writeConfig(home, [world.entry("ada")]);
  expect(await mcp.call("list_peers")).toMatchObject({ isError: false, text: expect.stringContaining('"name":"ada"') });
});

test("[MCP-4] a broker that cannot be reached for 5 s is an error, never an empty list", async () => {
  world = await MeshWorld.open();
  const mcp = world.mcp({ PARL_HOME: world.home([{ ...world.entry("ada"), brokerUrl: unreachable }]) });
  await mcp.initialize();
  const calls = [
    mcp.call("list_peers"),
    mcp.call("check_messages"),
    mcp.call("list_state"),
    mcp.call("recall", { query: "x" }),
    mcp.call("send_message", { to: "bob", message: "x" }),
  ];
  for (const result of await Promise.all(calls)) {
    expect(result.isError).toBe(true);
    expect(result.text).toContain("server_unreachable");
    expect(result.text).toContain("parl up");
  }
  const elapsed = performance.now() - mcp.startedAt;
  expect(elapsed).toBeGreaterThan(4_500);
  expect(elapsed).toBeLessThan(8_000);
});

test("[MCP-12] says hello as a modern client with the identity that launch gave", async () => {
  world = await MeshWorld.open();
  const home = world.home([world.entry("ada")]);
  const token = "t".repeat(40);
  const mcp = world.mcp({
    PARL_HOME: home,
    PARL_MESH: "mesh-1",
    PARL_DISPLAY_NAME: "Lovelace",
    PARL_ROLE: "architect",
    PARL_GROUPS: "frontend:lead, @ops",
    PARL_HOOK_TOKEN: token,
    CLAUDE_CODE_SESSION_ID: "11111111-2222-3333-4444-555555555555",
  });
  await mcp.initialize({ name: "claude-code", version: "2.1.329" });
  const admin = await world.peer("ada");
  await world.present(admin, "Lovelace");
  const row = await eventually(async () => {
    const found = (await admin.client.listPeers()).find((peer) => peer.displayName === "Lovelace");
    return found?.capabilities?.["agent"] === undefined ? undefined : found;
  });
  expect(row).toMatchObject({
    role: "architect",
    groups: [{ name: "frontend", role: "lead" }, { name: "ops" }],
    claudeSessionId: "11111111-2222-3333-4444-555555555555",
    pid: mcp.child.pid,
    client: { name: "parl" },
    capabilities: { agent: "claude-code", agentVersion: "2.1.329" },
  });
  expect(row.features?.toSorted()).toEqual([
    "client_ack",
    "group_box",
    "peer_events",
    "pull",
    "receipts",
    "state_watch",
  ]);
  const self = JSON.parse(
    (await mcp.call("list_peers")).text.split("\n").find((line) => line.includes('"you":true')) ?? "{}",
  ) as object;
  expect(self).toMatchObject({ name: "Lovelace" });
});

test("[MCP-13] the instructions are at most 1,500 bytes and name oneself and one's groups", async () => {
  world = await MeshWorld.open();
  const home = world.home([world.entry("ada")]);
  const small = world.mcp({ PARL_HOME: home, PARL_DISPLAY_NAME: "Lovelace", PARL_GROUPS: "frontend:lead,ops" });
  const instructions = (await small.initialize())["instructions"] as string;
  expect(instructions).toContain('"Lovelace"');
  expect(instructions).toContain("@frontend (lead), @ops");
  expect(instructions).toMatch(/never from your user/);
  expect(instructions).toMatch(/lead gathers.*member.*reports to the lead.*observer.*stays silent/);
  expect(instructions).toMatch(/State .*Memory /s);
  expect(instructions).toMatch(/Recall what is known about a task before you start/);
  const groups = Array.from({ length: 64 }, (_, index) => `${"g".repeat(60)}${index}:${"é".repeat(60)}`).join(",");
  const large = world.mcp({ PARL_HOME: home, PARL_DISPLAY_NAME: "é".repeat(64), PARL_GROUPS: groups });
  expect(Buffer.byteLength((await large.initialize())["instructions"] as string)).toBeLessThanOrEqual(1_500);
});

test("[MCP-15] [EXIT-1] ends on SIGINT, as agents end their servers, with bye and 130", async () => {
  world = await MeshWorld.open();
  const observer = await world.peer("grace");
  const mcp = world.mcp({ PARL_HOME: world.home([world.entry("ada")]), PARL_DISPLAY_NAME: "brief" });
  await mcp.initialize();
  await world.present(observer, "brief");
  const left = new Promise<string>((resolve) => {
    observer.client.on("peerEvent", ({ event, peer }) => event === "peer_left" && resolve(peer.displayName));
  });
  mcp.child.kill("SIGINT");
  expect(await mcp.ended).toEqual({ code: 130, signal: null });
  expect(await left).toBe("brief");
  expect(mcp.strayLines).toEqual([]);
});

test("[MCP-15] ends within 5 s, with bye, when the parent process is killed while stdin stays open", async () => {
  world = await MeshWorld.open();
  const home = world.home([world.entry("ada")]);
  const observer = await world.peer("grace");
  const { parl } = await import("./support/mcp-process.ts");
  // A parent that gives its own stdin and stdout to the server, so that its death closes neither.
  const script = `const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, [${JSON.stringify(parl)}, "mcp"], { stdio: "inherit" });
    process.stderr.write("child " + child.pid + "\\n");
    setInterval(() => {}, 1000);`;
  const parent = new McpProcess(
    { PARL_HOME: home, PARL_DISPLAY_NAME: "orphan" },
    { command: [process.execPath, "-e", script] },
  );
  await parent.initialize();
  await world.present(observer, "orphan");
  const childPid = Number(/child (\d+)/.exec(parent.stderr)?.[1]);
  const left = new Promise<string>((resolve) => {
    observer.client.on("peerEvent", ({ event, peer }) => event === "peer_left" && resolve(peer.displayName));
  });
  const before = performance.now();
  parent.child.kill("SIGKILL");
  // A clean close is announced at once; a lost connection only when its lease of 90 s ends.
  expect(await left).toBe("orphan");
  await eventually(() => (isRunning(childPid) ? undefined : true));
  expect(performance.now() - before).toBeLessThan(5_000);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
