import { expect, test } from "vitest";
import type { MeshClient } from "../../src/mesh-client.ts";
import { MeshRequestError } from "../../src/requests/mesh-request-error.ts";
import { connected, eventOf, failureOf, openFixture } from "../support/mesh-fixture.ts";

const entry = { key: "k", value: { a: 1 }, updatedBy: "ada", updatedAt: "2026-01-02T03:04:05.678Z", version: 3 };
const memory = {
  id: "m".repeat(20),
  content: "c",
  tags: ["t"],
  rememberedBy: "ada",
  memberPubkey: "a".repeat(64),
  rememberedAt: entry.updatedAt,
};

const cases: [
  name: string,
  call: (client: MeshClient) => Promise<unknown>,
  request: object,
  reply: object,
  answer: unknown,
][] = [
  [
    "pull",
    (c) => c.pull(7),
    { type: "pull", max: 7 },
    { type: "pull_result", count: 2, remaining: 1 },
    { count: 2, remaining: 1 },
  ],
  [
    "listPeers",
    (c) => c.listPeers({ group: "ops", includeOffline: true }),
    { type: "list_peers", group: "ops", includeOffline: true },
    { type: "peers_list", peers: [] },
    [],
  ],
  [
    "setStatus",
    (c) => c.setStatus("working", "hook"),
    { type: "set_status", status: "working", source: "hook" },
    { type: "ok", op: "set_status", status: "dnd" },
    "dnd",
  ],
  [
    "setSummary",
    (c) => c.setSummary("s"),
    { type: "set_summary", summary: "s" },
    { type: "ok", op: "set_summary" },
    undefined,
  ],
  [
    "setAgentInfo",
    (c) => c.setAgentInfo({ model: "m" }),
    { type: "set_agent_info", agentInfo: { model: "m" } },
    { type: "ok", op: "set_agent_info" },
    undefined,
  ],
  [
    "joinGroup",
    (c) => c.joinGroup("ops", "lead"),
    { type: "join_group", name: "ops", role: "lead" },
    { type: "ok", op: "join_group", groups: [{ name: "ops", role: "lead" }] },
    [{ name: "ops", role: "lead" }],
  ],
  [
    "leaveGroup",
    (c) => c.leaveGroup("ops"),
    { type: "leave_group", name: "ops" },
    { type: "ok", op: "leave_group", groups: [] },
    [],
  ],
  ["getState", (c) => c.getState("k"), { type: "get_state", key: "k" }, { type: "state_result", ...entry }, entry],
  [
    "setState",
    (c) => c.setState("k", null, 2),
    { type: "set_state", key: "k", value: null, ifVersion: 2 },
    { type: "state_result", ...entry },
    entry,
  ],
  [
    "listState",
    (c) => c.listState("k/"),
    { type: "list_state", prefix: "k/" },
    { type: "state_list", entries: [entry] },
    [entry],
  ],
  [
    "watchState",
    (c) => c.watchState("k*"),
    { type: "watch_state", key: "k*" },
    { type: "ok", op: "watch_state", watching: ["k*"] },
    ["k*"],
  ],
  [
    "unwatchState",
    (c) => c.unwatchState("k*"),
    { type: "unwatch_state", key: "k*" },
    { type: "ok", op: "unwatch_state", watching: [] },
    [],
  ],
  [
    "remember",
    (c) => c.remember("c", ["t"]),
    { type: "remember", content: "c", tags: ["t"] },
    { type: "memory_stored", id: memory.id },
    memory.id,
  ],
  [
    "recall",
    (c) => c.recall("q", { limit: 5, tags: ["t"] }),
    { type: "recall", query: "q", limit: 5, tags: ["t"] },
    { type: "memory_results", memories: [memory] },
    [memory],
  ],
  [
    "listMemories",
    (c) => c.listMemories({ before: "x" }),
    { type: "list_memories", before: "x" },
    { type: "memory_list", memories: [memory], next: null },
    { memories: [memory], next: null },
  ],
  [
    "forget",
    (c) => c.forget(memory.id),
    { type: "forget", memoryId: memory.id },
    { type: "ok", op: "forget" },
    undefined,
  ],
];

test.each(cases)("[FRM-3] %s is matched with its reply by _reqId", async (_, call, request, reply, answer) => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  const called = call(fixture.client);
  const { _reqId, ...written } = await connection.next();
  expect(written).toEqual(request);
  connection.send({ ...reply, _reqId: 4_711 });
  connection.send({ type: "a_later_protocol", _reqId });
  connection.send({ ...reply, _reqId });
  expect(await called).toEqual(answer);
});

test("[FRM-1] an error frame rejects with code, detail and whether to try again", async () => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  const called = fixture.client.setState("k", 1, 2);
  const { _reqId } = await connection.next();
  connection.send({ type: "error", code: "version_conflict", message: "too late", current: entry, _reqId });
  const error = await called.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(MeshRequestError);
  expect(error).toMatchObject({
    code: "version_conflict",
    detail: { current: entry },
    retryable: false,
    message: "set_state: too late",
  });
});

test("[WS-4] replies may come in any order", async () => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  const calls = [fixture.client.getState("a"), fixture.client.getState("b")];
  const [a, b] = [await connection.next(), await connection.next()];
  connection.send({ type: "state_result", ...entry, key: "b", _reqId: b["_reqId"] });
  connection.send({ type: "state_result", ...entry, key: "a", _reqId: a["_reqId"] });
  expect((await Promise.all(calls)).map(({ key }) => key)).toEqual(["a", "b"]);
});

test("[MCP-4] no answer in time is a timeout", async () => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  const called = failureOf(fixture.client.listPeers());
  await connection.next();
  fixture.clock.advance(10_000);
  expect(await called).toMatchObject({ code: "timeout", retryable: true });
});

test("[MCP-4] no connection in time is server_unreachable, and the request is not written later", async () => {
  const fixture = await openFixture();
  const { client, broker, clock } = fixture;
  client.connect();
  const called = failureOf(client.listPeers());
  const connection = await broker.nextConnection();
  clock.advance(5_000);
  expect(await called).toMatchObject({ code: "server_unreachable", retryable: true });
  const ready = eventOf(client, "ready");
  await connection.accept();
  await ready;
  const next = client.getState("k");
  const frame = await connection.next();
  expect(frame.type).toBe("get_state");
  connection.send({ type: "state_result", ...entry, _reqId: frame["_reqId"] });
  await next;
});

test("[MCP-4] a request that was written when the connection went is connection_lost, one that was not waits for the next", async () => {
  const fixture = await openFixture();
  const { client, broker, clock } = fixture;
  const connection = await connected(fixture);
  const called = failureOf(client.remember("c"));
  await connection.next();
  const down = eventOf(client, "down");
  connection.cut();
  await down;
  expect(await called).toMatchObject({ code: "connection_lost", retryable: true });
  const waiting = client.getState("k");
  clock.advance(1_000);
  const second = await broker.nextConnection();
  await second.accept();
  const frame = await second.nextOf("get_state");
  second.send({ type: "state_result", ...entry, _reqId: frame["_reqId"] });
  expect(await waiting).toEqual(entry);
});

test("[MCP-4] after the end a request rejects at once", async () => {
  const fixture = await openFixture();
  await connected(fixture);
  await fixture.client.close();
  await expect(fixture.client.listPeers()).rejects.toMatchObject({
    code: "server_unreachable",
    message: expect.stringContaining("closed"),
  });
});

test("[STATE-7] [POL-2] [DLV-15] changes, policies and receipts are events; what is no answer of ours is a warning", async () => {
  const fixture = await openFixture();
  const heard = [
    eventOf(fixture.client, "stateChange"),
    eventOf(fixture.client, "policy"),
    eventOf(fixture.client, "receipt"),
    eventOf(fixture.client, "warning"),
  ];
  const connection = await connected(fixture);
  const receipt = {
    type: "receipt",
    messageId: "m",
    recipient: { pubkey: "a".repeat(64), name: "x" },
    state: "surfaced",
    at: entry.updatedAt,
  };
  connection.sendText("not json");
  connection.send({ type: "state_change", ...entry });
  connection.send({ type: "mesh_policy", policies: { messageLog: true } });
  connection.send(receipt);
  connection.send({ type: "error", code: "bad_request", message: "what?" });
  expect(await Promise.all(heard)).toEqual([
    entry,
    { policies: { messageLog: true } },
    receipt,
    { kind: "stray_error", code: "bad_request", message: "what?" },
  ]);
});
