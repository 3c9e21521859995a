import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawClient, directSend, legacyHello, modernHello, type RawFrame } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

let server: TestServer;
let ada: TestMember;
let grace: TestMember;

beforeAll(async () => {
  server = await startTestServer();
  [ada, grace] = membersOf(server);
});
afterAll(() => server.end());

const join = async (hello: RawFrame): Promise<RawClient> => (await RawClient.join(server.wsUrl, hello)).client;

describe("frames that are not carried out", () => {
  test("[WS-3] [FRM-2] what is no frame gets exactly one error each, in order, and the connection stays", async () => {
    const client = await join(modernHello(ada));
    client.send("not json");
    client.send("[1]");
    client.send("null");
    client.send('{"no":"type"}');
    client.send({ type: "teleport", _reqId: 9 });
    client.webSocket.send(Buffer.from("{}"), { binary: true });
    client.webSocket.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false });
    client.send({ type: "list_peers", _reqId: "end" });
    const codes: unknown[] = [];
    for (let i = 0; i < 7; i++) codes.push((await client.next("error"))["code"]);
    expect(codes).toEqual(["bad_json", "bad_json", "bad_json", "bad_json", "unknown_type", "bad_frame", "bad_json"]);
    expect(client.frames[5]).toMatchObject({ _reqId: 9 });
    expect(await client.next("peers_list")).toMatchObject({ _reqId: "end" });
    await client.close();
  });

  test("[FRM-1] [FRM-3] a missing or ill-typed field is bad_request with the field and the request's id", async () => {
    const client = await join(modernHello(ada));
    expect(await client.request({ type: "set_state", key: "k" })).toMatchObject({
      type: "error",
      code: "bad_request",
      field: "value",
    });
    expect(await client.request({ type: "set_status", status: "asleep" })).toMatchObject({
      type: "error",
      code: "bad_request",
      field: "status",
    });
    expect(await client.request({ type: "pull", max: 501 })).toMatchObject({
      type: "error",
      code: "bad_request",
      field: "max",
    });
    expect(await client.request({ type: "client_ack" })).toMatchObject({ type: "error", code: "bad_request" });
    expect(await client.request({ type: "message_status", messageId: "unknown-id" })).toMatchObject({
      type: "error",
      code: "not_found",
    });
    await client.close();
  });

  test("[STAT-5] an illegal status answers bad_request with the field and changes nothing", async () => {
    const client = await join(modernHello(ada));
    await client.request({ type: "set_status", status: "dnd" });
    await client.request({ type: "set_status", status: "DND" });
    const list = await client.request({ type: "list_peers" });
    expect((list["peers"] as RawFrame[]).find((peer) => peer["you"] === true)).toMatchObject({ status: "dnd" });
    await client.close();
  });

  test("[FRM-4] a failed get_state, list_state, list_peers or recall without _reqId gets the error and then the empty reply", async () => {
    const client = await join(legacyHello(ada));
    client.send({ type: "get_state", key: "" });
    client.send({ type: "get_state" });
    client.send({ type: "list_state", prefix: 5 });
    client.send({ type: "list_peers", group: 5 });
    client.send({ type: "recall" });
    client.send({ type: "recall", query: "words", limit: 0 });
    const kinds: string[] = [];
    for (let i = 0; i < 12; i++) kinds.push((await client.next()).type);
    expect(kinds).toEqual([
      ...["error", "state_result", "error", "state_result", "error", "state_list"],
      ...["error", "peers_list", "error", "memory_results", "error", "memory_results"],
    ]);
    expect(client.frames.find((frame) => frame.type === "state_result")).toEqual({
      type: "state_result",
      key: "",
      value: null,
      updatedBy: "",
      updatedAt: "",
      version: 0,
    });
    await client.close();
  });

  test("[FRM-4] with _reqId a failure is the error frame alone", async () => {
    const client = await join(modernHello(ada));
    expect(await client.request({ type: "recall" })).toMatchObject({
      type: "error",
      code: "bad_request",
      field: "query",
    });
    await client.settle();
    expect(client.frames.filter((frame) => frame.type === "memory_results")).toEqual([]);
    await client.close();
  });

  test("[FRM-8] the 101st error within 10 s closes the connection too_many_errors, the 100th does not", async () => {
    const client = await join(modernHello(ada));
    for (let i = 0; i < 100; i++) client.send("junk");
    await client.settle();
    client.send("junk");
    expect(await client.closed).toEqual({ code: 1008, reason: "too_many_errors" });
    const codes = client.frames.filter((frame) => frame.type === "error").map((frame) => frame["code"]);
    expect(codes).toEqual([...Array.from({ length: 101 }, () => "bad_json"), "too_many_errors"]);
  });

  test("[LIM-1] a frame above the limit closes 1009, and other connections do not notice", async () => {
    const other = await join(modernHello(grace));
    const client = await join(modernHello(ada));
    client.send({ type: "set_summary", summary: "x".repeat(262_144) });
    expect(await client.closed).toEqual({ code: 1009, reason: "" });
    const list = await other.request({ type: "list_peers" });
    expect(
      (list["peers"] as RawFrame[]).some((peer) => peer["memberId"] === ada.id && peer["connected"] === true),
    ).toBe(false);
    await other.close();
  });

  test("[LIM-1] PARL_MAX_FRAME_BYTES moves the limit", async () => {
    const small = await startTestServer({ env: { PARL_MAX_FRAME_BYTES: "2048" } });
    const { client } = await RawClient.join(small.wsUrl, modernHello(membersOf(small)[0]));
    await client.request({ type: "recall", query: "x".repeat(1_500) });
    client.send({ type: "recall", query: "x".repeat(2_048) });
    expect(await client.closed).toMatchObject({ code: 1009 });
    await small.end();
  });
});

describe("answers", () => {
  test("[COMPAT-3] a legacy client gets no answer to what is answered only with _reqId", async () => {
    const client = await join(legacyHello(ada));
    client.send({ type: "set_status", status: "working" });
    client.send({ type: "set_status", status: "idle" });
    client.send({ type: "set_summary", summary: "reading" });
    client.send({ type: "join_group", name: "ops" });
    client.send({ type: "leave_group", name: "ops" });
    client.send({ type: "set_state", key: "quiet", value: 1 });
    client.send({ type: "list_peers" });
    expect(await client.next()).toMatchObject({ type: "peers_list" });
    expect(client.frames).toHaveLength(2);
    await client.close();
  });

  test("[FRM-3] with _reqId each is answered `ok` with its name and result", async () => {
    const client = await join(modernHello(ada, { capabilities: ["state_watch"] }));
    const ask = client.request.bind(client);
    expect(await ask({ type: "set_status", status: "working" })).toMatchObject({
      type: "ok",
      op: "set_status",
      status: "working",
    });
    expect(await ask({ type: "set_summary", summary: "s" })).toMatchObject({ type: "ok", op: "set_summary" });
    expect(await ask({ type: "set_agent_info", agentInfo: { agent: "echo" } })).toMatchObject({
      type: "ok",
      op: "set_agent_info",
    });
    expect(await ask({ type: "join_group", name: "ops", role: "lead" })).toMatchObject({
      type: "ok",
      op: "join_group",
      groups: [{ name: "ops", role: "lead" }],
    });
    expect(await ask({ type: "leave_group", name: "ops" })).toMatchObject({
      type: "ok",
      op: "leave_group",
      groups: [],
    });
    expect(await ask({ type: "watch_state", key: "build/*" })).toMatchObject({
      type: "ok",
      op: "watch_state",
      watching: ["build/*"],
    });
    expect(await ask({ type: "unwatch_state", key: "build/*" })).toMatchObject({
      type: "ok",
      op: "unwatch_state",
      watching: [],
    });
    expect(await ask({ type: "set_state", key: "k", value: { a: 1 } })).toMatchObject({
      type: "state_result",
      key: "k",
      value: { a: 1 },
    });
    expect(await ask({ type: "pull" })).toMatchObject({ type: "pull_result", count: 0, remaining: 0 });
    await client.close();
  });

  test("[STAT-2] a hook's `idle` does not leave dnd, and the answer says so", async () => {
    const client = await join(modernHello(ada));
    await client.request({ type: "set_status", status: "dnd" });
    expect(await client.request({ type: "set_status", status: "idle", source: "hook" })).toMatchObject({
      type: "ok",
      status: "dnd",
    });
    expect(await client.request({ type: "set_status", status: "idle" })).toMatchObject({ type: "ok", status: "idle" });
    await client.close();
  });

  test("[GRP-1] [GRP-2] group names are checked by the rule, `all` is reserved", async () => {
    const client = await join(modernHello(ada));
    expect(await client.request({ type: "join_group", name: "x') OR ('1'='1" })).toMatchObject({ code: "bad_group" });
    expect(await client.request({ type: "join_group", name: "all" })).toMatchObject({ code: "reserved_group" });
    expect(await client.request({ type: "leave_group", name: "all" })).toMatchObject({ code: "reserved_group" });
    await client.close();
  });

  test("[MEM-1] forget answers a legacy client by an ack that carries the id twice", async () => {
    const client = await join(legacyHello(ada));
    client.send({ type: "remember", content: "the build is green" });
    const { id } = (await client.next("memory_stored")) as unknown as { id: string };
    client.send({ type: "forget", memoryId: id });
    expect(await client.next()).toEqual({ type: "ack", id, messageId: id, queued: false });
    await client.close();
  });

  test("[SEND-4] a refused send is a negative ack for a modern and an error frame for a legacy client, never both", async () => {
    const modern = await join(modernHello(ada));
    const legacy = await join(legacyHello(grace));
    for (const client of [modern, legacy]) {
      client.send(directSend("#general", "refused-1"));
      client.send({ type: "send", id: "refused-2", targetSpec: "*", nonce: 5, ciphertext: "" });
      client.send({ type: "list_peers" });
    }
    expect(await modern.next()).toMatchObject({
      type: "ack",
      id: "refused-1",
      messageId: "",
      queued: false,
      code: "channel_unsupported",
      error: expect.any(String) as string,
    });
    expect(await modern.next()).toMatchObject({
      type: "ack",
      id: "refused-2",
      queued: false,
      code: "bad_request",
      field: "nonce",
    });
    expect(await modern.next()).toMatchObject({ type: "peers_list" });
    expect(await legacy.next()).toMatchObject({ type: "error", id: "refused-1", code: "channel_unsupported" });
    expect(await legacy.next()).toMatchObject({ type: "error", id: "refused-2", code: "bad_request", field: "nonce" });
    expect(await legacy.next()).toMatchObject({ type: "peers_list" });
    await Promise.all([modern.close(), legacy.close()]);
  });

  test("[COMPAT-2] every send of a legacy client is answered by an ack with its id and a message id", async () => {
    const session = createKey();
    const receiver = await join(modernHello(grace, { session, capabilities: ["client_ack"] }));
    const sender = await join(legacyHello(ada));
    sender.send(directSend(session.publicKey, "m-1"));
    const ack = await sender.next("ack");
    expect(ack).toMatchObject({ id: "m-1", queued: true, recipients: 1 });
    expect(await receiver.next("push")).toMatchObject({ messageId: ack["messageId"] });
    await Promise.all([sender.close(), receiver.close()]);
  });
});
