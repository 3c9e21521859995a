import { afterEach, beforeEach, expect, test } from "vitest";
import type { McpProcess } from "./support/mcp-process.ts";
import { MeshWorld } from "./support/mesh-world.ts";

let world: MeshWorld;

beforeEach(async () => {
  world = await MeshWorld.open([
    { slug: "mesh-1", members: ["ada", "grace", "alan"] },
    { slug: "other", members: ["ada", "edsger"] },
  ]);
});
afterEach(async () => {
  await world.end();
});

async function agent(env: Record<string, string> = {}, meshes = [0]): Promise<McpProcess> {
  const mcp = world.mcp({
    PARL_HOME: world.home(meshes.map((mesh) => world.entry("ada", mesh))),
    PARL_DISPLAY_NAME: "me",
    ...env,
  });
  await mcp.initialize();
  return mcp;
}

function results(result: { structured: Record<string, unknown> | undefined }): Record<string, unknown>[] {
  return result.structured?.["results"] as Record<string, unknown>[];
}

test("[MCP-6] says delivered when the recipient has surfaced it, and its text is what was sent", async () => {
  const grace = await world.peer("grace");
  const mcp = await agent();
  const sent = await mcp.call("send_message", {
    to: "grace",
    message: "héllo <b>",
    priority: "now",
    reply_to: "earlier-id",
  });
  expect(sent.isError).toBe(false);
  expect(results(sent)).toEqual([
    { to: "grace", outcome: "delivered", message_id: expect.any(String), recipients: 1, surfaced: 1 },
  ]);
  expect(sent.text).toMatch(/^grace: delivered: /);
  expect(grace.messages[0]).toMatchObject({
    text: "héllo <b>",
    priority: "now",
    replyTo: "earlier-id",
    kind: "direct",
    senderName: "me",
  });
});

test("[MCP-6] says queued with the reason: working, dnd, offline, low priority, not seen", async () => {
  const grace = await world.peer("grace");
  const silent = await world.peer("alan", { receiving: { surface: "manual" } });
  silent.client.on("message", () => undefined);
  const mcp = await agent();
  const send = async (to: string, priority = "next") =>
    results(await mcp.call("send_message", { to, message: "x", priority }))[0];
  await grace.client.setStatus("working");
  expect(await send("grace")).toMatchObject({
    outcome: "queued",
    reason: "recipient_working",
    recipients: 1,
    surfaced: 0,
  });
  await grace.client.setStatus("dnd");
  expect(await send("grace")).toMatchObject({ outcome: "queued", reason: "recipient_dnd" });
  await grace.client.setStatus("idle");
  expect(await send("grace", "low")).toMatchObject({ outcome: "queued", reason: "pull_only" });
  await grace.client.close();
  await silent.client.close();
  expect(await send("alan")).toMatchObject({ outcome: "queued", reason: "recipient_offline" });
});

test("[MCP-6] says queued not_yet_seen for a message that was offered and not surfaced", async () => {
  // A second agent in mode `off` takes mail and shows it to nobody.
  const other = world.mcp({
    PARL_HOME: world.home([world.entry("grace")]),
    PARL_DISPLAY_NAME: "quiet",
    PARL_MESSAGE_MODE: "off",
  });
  await other.initialize();
  const observer = await world.peer("alan");
  await world.present(observer, "quiet");
  const mcp = await agent();
  const sent = await mcp.call("send_message", { to: "quiet", message: "x" });
  expect(results(sent)).toMatchObject([
    { to: "quiet", outcome: "queued", reason: "not_yet_seen", recipients: 1, surfaced: 0 },
  ]);
  const multicast = await mcp.call("send_message", { to: "*", message: "x" });
  expect(results(multicast)).toMatchObject([
    { to: "*", outcome: "queued", reason: "partial", recipients: 2, surfaced: 1 },
  ]);
});

test("[MCP-6] says rejected with the broker's code, as an error when nothing was accepted", async () => {
  await world.peer("grace");
  const mcp = await agent();
  const unknownKey = "ab".repeat(32);
  const sent = await mcp.call("send_message", { to: [unknownKey, "@nobody", "grace"], message: "x" });
  expect(sent.isError).toBe(false);
  expect(results(sent)).toMatchObject([
    { to: unknownKey, outcome: "rejected", reason: "unknown_recipient" },
    { to: "@nobody", outcome: "rejected", reason: "empty_group" },
    { to: "grace", outcome: "delivered" },
  ]);
  const long = await mcp.call("send_message", { to: "grace", message: "x".repeat(70_000) });
  expect(long.isError).toBe(true);
  expect(results(long)).toMatchObject([{ outcome: "rejected", reason: "too_large" }]);
});

test("[MCP-6] says server_unreachable for a message that was never written, and does not send it later", async () => {
  const grace = await world.peer("grace");
  const mcp = await agent();
  const key = await world.present(grace, "me");
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  const to = grace.client.pubkey!;
  const port = await world.stopServer();
  const sent = await mcp.call("send_message", { to, message: "lost" });
  expect(sent.isError).toBe(true);
  expect(results(sent)).toEqual([{ to, outcome: "rejected", reason: "server_unreachable" }]);
  await world.startServer(port);
  await grace.client.untilReady(20_000);
  await world.present(grace, "me");
  expect(results(await mcp.call("send_message", { to, message: "second" }))).toMatchObject([{ outcome: "delivered" }]);
  expect(grace.messages.map((message) => message.text)).toEqual(["second"]);
}, 40_000);

test("[MCP-5] finds peers by name, key prefix, part of a name and offline member, and refuses what is ambiguous or unknown", async () => {
  const grace = await world.peer("grace", { displayName: "Backend Builder" });
  await world.peer("grace", { displayName: "Backend Tester" });
  const twin = await world.peer("alan", { displayName: "Backend Tester" });
  const mcp = await agent();
  const send = async (to: string | string[]) => await mcp.call("send_message", { to, message: "x" });
  expect(results(await send("backend builder"))[0]).toMatchObject({ outcome: "delivered" });
  expect(results(await send(grace.client.pubkey!.slice(0, 10)))[0]).toMatchObject({ outcome: "delivered" });
  expect(results(await send("builder"))[0]).toMatchObject({ outcome: "delivered" });
  expect(grace.messages).toHaveLength(3);
  const ambiguous = await send("Backend Tester");
  expect(results(ambiguous)[0]).toMatchObject({ outcome: "rejected", reason: "ambiguous" });
  expect(ambiguous.text).toContain(twin.client.pubkey!.slice(0, 12));
  const unknown = await send("nobody");
  expect(results(unknown)[0]).toMatchObject({ outcome: "rejected", reason: "unknown_recipient" });
  expect(unknown.text).toContain("Backend Builder");
  expect(unknown.text).toContain("list_peers");
  expect(results(await send("me"))[0]).toMatchObject({ outcome: "rejected", reason: "unknown_recipient" });
  expect(results(await send("#general"))[0]).toMatchObject({ outcome: "rejected", reason: "channel_unsupported" });
  // All spellings of one peer are one target.
  const merged = await send(["Backend Builder", "BACKEND BUILDER", grace.client.pubkey!]);
  expect(results(merged)).toMatchObject([{ to: "Backend Builder", outcome: "delivered" }]);
  expect(grace.messages).toHaveLength(4);
  await grace.client.close();
  await twin.client.close();
  expect(results(await send("alan"))[0]).toMatchObject({ outcome: "queued", reason: "recipient_offline" });
});

test("[MCP-3] several meshes: a tool that acts in one names the slugs, or takes a prefix or `mesh`", async () => {
  const edsger = await world.peer("edsger", {}, 1);
  const mcp = await agent({}, [0, 1]);
  for (const [name, args] of [
    ["send_message", { to: "edsger", message: "x" }],
    ["get_state", { key: "k" }],
    ["set_state", { key: "k", value: 1 }],
    ["remember", { content: "x" }],
    ["recall", { query: "x" }],
    ["message_status", { id: "abcdefgh" }],
  ] as const) {
    const result = await mcp.call(name, args);
    expect(result.isError).toBe(true);
    expect(result.text).toMatch(/^mesh_required: .*mesh-1, other/);
  }
  expect(results(await mcp.call("send_message", { to: "other:edsger", message: "x" }))).toMatchObject([
    { to: "other:edsger", outcome: "delivered" },
  ]);
  expect(results(await mcp.call("send_message", { to: "edsger", message: "x", mesh: "other" }))).toMatchObject([
    { outcome: "delivered" },
  ]);
  expect(edsger.messages).toHaveLength(2);
  expect(await mcp.call("get_state", { key: "k", mesh: "nowhere" })).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^mesh_not_found/),
  });
  const peers = await mcp.call("list_peers");
  expect(peers.text).toContain("in mesh 'mesh-1'");
  expect(peers.text).toContain('"name":"edsger"');
  const joined = await mcp.call("join_group", { name: "@ops", role: "lead" });
  expect(joined.text.split("\n").toSorted()).toEqual([
    "joined @ops; you are in @ops (lead) in mesh 'mesh-1'",
    "joined @ops; you are in @ops (lead) in mesh 'other'",
  ]);
  expect((await mcp.call("set_status", { status: "dnd" })).text).toContain("status is dnd in mesh 'other'");
  const row = (await edsger.client.listPeers({ group: "ops" }))[0];
  expect(row).toMatchObject({ displayName: "me", status: "dnd", statusSource: "manual" });
});

test("[MCP-3] under launch only the chosen mesh exists; a mesh that fails is named", async () => {
  const mcp = await agent({ PARL_MESH: "other" }, [0, 1]);
  expect((await mcp.call("set_state", { key: "k", value: 1 })).text).toBe('"k" written, version 1');
  expect(await mcp.call("list_peers", { mesh: "mesh-1" })).toMatchObject({
    isError: true,
    text: expect.stringContaining("mesh_not_found"),
  });
  const broken = { ...world.entry("ada", 1), brokerUrl: "ws://127.0.0.1:9/ws" };
  const half = world.mcp({ PARL_HOME: world.home([world.entry("ada"), broken]) });
  await half.initialize();
  const summary = await half.call("set_summary", { summary: "mending" });
  expect(summary.isError).toBe(false);
  expect(summary.text).toContain("summary set in mesh 'mesh-1'");
  expect(summary.text).toMatch(/failed in mesh 'other': server_unreachable/);
});

test("[MCP-2] state, memory and message_status do what they say", async () => {
  await world.peer("grace");
  const mcp = await agent();
  const call = async (name: string, args: Record<string, unknown>) => (await mcp.call(name, args)).text;
  expect(await call("get_state", { key: "plan" })).toBe('"plan" is not set');
  expect(await call("set_state", { key: "plan", value: { step: 1 }, if_version: 0 })).toBe('"plan" written, version 1');
  expect(JSON.parse(await call("get_state", { key: "plan" }))).toMatchObject({
    key: "plan",
    value: { step: 1 },
    version: 1,
    set_by: "me",
  });
  const conflict = await mcp.call("set_state", { key: "plan", value: 2, if_version: 0 });
  expect(conflict.isError).toBe(true);
  expect(conflict.text).toMatch(/^version_conflict: .*"version":1/);
  expect(await mcp.call("set_state", { key: "plan" })).toMatchObject({
    isError: true,
    text: expect.stringContaining("`value`"),
  });
  expect(await call("list_state", { prefix: "pl" })).toContain('"plan"');
  expect(await call("set_state", { key: "plan", value: null })).toBe('"plan" deleted');
  expect(await call("list_state", {})).toBe("no keys");
  const id = (await call("remember", { content: "Nightly builds cache the npm store", tags: ["build"] })).replace(
    "remembered as ",
    "",
  );
  expect(await call("recall", { query: "caching build", tags: ["build"], limit: 3 })).toContain(`"id":"${id}"`);
  expect(await call("forget", { id: id.slice(0, 12) })).toBe(`forgotten: ${id.slice(0, 12)}`);
  expect(await call("recall", { query: "caching build" })).toBe("nothing is remembered that matches");
  const sent = results(await mcp.call("send_message", { to: "grace", message: "x" }))[0];
  expect(await call("message_status", { id: sent?.["message_id"] as string })).toMatch(
    /: delivered\n"grace" [0-9a-f]{12}: surfaced.*accepted .*> offered .*> surfaced/,
  );
  expect(await mcp.call("message_status", { id: "no-such-message" })).toMatchObject({
    isError: true,
    text: expect.stringContaining("message_not_found"),
  });
});
