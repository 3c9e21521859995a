import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient, directSend, modernHello, type RawFrame } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

let server: TestServer;
let ada: TestMember;
let grace: TestMember;

beforeAll(async () => {
  server = await startTestServer({
    meshes: [{ policies: { rateMessagesPerMinute: 0, rateBurst: 0 }, members: ["ada", "grace"] }],
  });
  [ada, grace] = membersOf(server);
});
afterAll(() => server.end());

const join = async (hello: RawFrame): Promise<RawClient> => (await RawClient.join(server.wsUrl, hello)).client;

test("[WS-4] frames pipelined right behind the hello wait for it and are answered after hello_ack", async () => {
  const client = await RawClient.open(server.wsUrl);
  client.send(modernHello(ada));
  client.send({ type: "set_state", key: "early", value: "bird", _reqId: 1 });
  client.send({ type: "get_state", key: "early", _reqId: 2 });
  client.send(directSend("#none", "s3"));
  client.send({ type: "list_peers", _reqId: 4 });
  await client.next("hello_ack");
  expect(await client.next()).toMatchObject({ type: "state_result", _reqId: 1, value: "bird" });
  expect(await client.next()).toMatchObject({ type: "state_result", _reqId: 2, value: "bird" });
  expect(await client.next()).toMatchObject({ type: "ack", id: "s3", queued: false });
  expect(await client.next()).toMatchObject({ type: "peers_list", _reqId: 4 });
  await client.close();
});

test("[WS-4] a get_state right after a set_state sees the new value, a recall after a remember finds it", async () => {
  const client = await join(modernHello(ada));
  for (let i = 0; i < 50; i++) {
    client.send({ type: "set_state", key: "counter", value: i });
    client.send({ type: "get_state", key: "counter" });
  }
  const values: unknown[] = [];
  for (let i = 0; i < 50; i++) values.push((await client.next("state_result"))["value"]);
  expect(values).toEqual(Array.from({ length: 50 }, (_, i) => i));
  client.send({ type: "remember", content: "zebras migrate in spring" });
  client.send({ type: "recall", query: "zebra" });
  await client.next("memory_stored");
  expect((await client.next("memory_results"))["memories"]).toHaveLength(1);
  await client.close();
});

test("[WS-4] a send after join_group is made as a member of the group, also when earlier frames wait for the database", async () => {
  const receiver = await join(modernHello(grace, { groups: [{ name: "relay" }], capabilities: ["client_ack"] }));
  const sender = await join(modernHello(ada));
  sender.send({ type: "get_state", key: "anything" });
  sender.send({ type: "join_group", name: "relay" });
  sender.send(directSend("@relay", "g1", { enc: "none", nonce: Buffer.alloc(24).toString("base64") }));
  sender.send({ type: "list_peers", group: "relay" });
  await sender.next("state_result");
  expect((await sender.find((frame) => frame.type === "peers_list"))["peers"]).toHaveLength(2);
  expect(await sender.find((frame) => frame.type === "ack")).toMatchObject({ id: "g1", queued: true, recipients: 1 });
  expect(await receiver.next("push")).toMatchObject({ kind: "group", targetSpec: "@relay" });
  await Promise.all([sender.close(), receiver.close()]);
});

test("[WS-4] a state change is seen by others after the message sent before it", async () => {
  const session = createKey();
  const receiver = await join(modernHello(grace, { session, capabilities: ["client_ack"] }));
  const sender = await join(modernHello(ada));
  for (let i = 0; i < 20; i++) {
    sender.send(directSend(session.publicKey, `m${i}`));
    sender.send({ type: "set_state", key: "sent", value: i });
  }
  const seen = await receiver.collect(40, (frame) => frame.type === "push" || frame.type === "state_change");
  expect(seen.map((frame) => frame.type)).toEqual(
    Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? "push" : "state_change")),
  );
  await Promise.all([sender.close(), receiver.close()]);
});

test("[WS-5] [SEND-4] answers of sends leave in the order of the sends, refusals of every kind among them", async () => {
  const session = createKey();
  const receiver = await join(modernHello(grace, { session, capabilities: ["client_ack"] }));
  const sender = await join(modernHello(ada));
  const count = 3_000;
  for (let i = 0; i < count; i++) {
    if (i % 5 === 1) sender.send({ type: "send", id: `m${i}`, targetSpec: 1 });
    else if (i % 5 === 2) sender.send(directSend("#channel", `m${i}`));
    else if (i % 5 === 3) sender.send(directSend("f".repeat(64), `m${i}`));
    else sender.send(directSend(session.publicKey, `m${i}`));
  }
  const answers = await sender.collect(count, (frame) => frame.type === "ack");
  expect(answers.map((frame) => frame["id"])).toEqual(Array.from({ length: count }, (_, i) => `m${i}`));
  const codes = answers.slice(0, 5).map((frame) => frame["code"] ?? "accepted");
  expect(codes).toEqual(["accepted", "bad_request", "channel_unsupported", "unknown_recipient", "accepted"]);
  await Promise.all([sender.close(), receiver.close()]);
});

test("[FRM-4] [COMPAT-4] without _reqId replies of one type come in request order", async () => {
  const client = await join(modernHello(ada));
  for (let i = 0; i < 20; i++) client.send({ type: "set_state", key: `k${i}`, value: i });
  for (let i = 0; i < 20; i++) client.send({ type: "get_state", key: `k${i}` });
  const replies = await client.collect(20, (frame) => frame.type === "state_result");
  expect(replies.map((frame) => frame["key"])).toEqual(Array.from({ length: 20 }, (_, i) => `k${i}`));
  await client.close();
});

test("[WS-4] more pipelined frames than are held for one connection are all carried out, in order", async () => {
  const client = await join(modernHello(ada));
  const count = 5_000;
  for (let i = 0; i < count; i++) client.send({ type: "get_state", key: `deep-${i}` });
  const replies = await client.collect(count, (frame) => frame.type === "state_result");
  expect(replies.map((frame) => frame["key"])).toEqual(Array.from({ length: count }, (_, i) => `deep-${i}`));
  await client.close();
});

test("[WS-4] [WS-5] more frames than one turn takes are all carried out and answered in their order", async () => {
  const sender = await join(modernHello(ada));
  const session = createKey();
  const receiver = await join(modernHello(grace, { session, capabilities: ["client_ack"] }));
  const ids = Array.from({ length: 900 }, (_, i) => `m${i}`);
  for (const id of ids) sender.send(directSend(session.publicKey, id));
  const acks = await sender.collect(ids.length, (frame) => frame.type === "ack");
  expect(acks.map(({ id, queued }) => ({ id, queued }))).toEqual(ids.map((id) => ({ id, queued: true })));
  const pushes = await receiver.collect(ids.length, (frame) => frame.type === "push");
  expect(pushes.map((push) => push["messageId"])).toEqual(acks.map((ack) => ack["messageId"]));
  await Promise.all([sender.close(), receiver.close()]);
});

test("[DLV-7] what a client wrote right before it left counts, also beyond what one turn takes", async () => {
  const session = createKey();
  const receiver = await join(modernHello(grace, { session, capabilities: ["client_ack"] }));
  const sender = await join(modernHello(ada));
  const ids = Array.from({ length: 150 }, (_, i) => `last${i}`);
  for (const id of ids) sender.send(directSend(session.publicKey, id, { clientMessageId: id }));
  await sender.close();
  const pushes = await receiver.collect(ids.length, (frame) => frame.type === "push");
  expect(pushes.map((push) => push["clientMessageId"])).toEqual(ids);
  for (const push of pushes) receiver.send({ type: "client_ack", messageId: push["messageId"] });
  await receiver.close();
  const { client: back, ack } = await RawClient.join(
    server.wsUrl,
    modernHello(grace, { session, capabilities: ["client_ack"] }),
  );
  expect(ack).toMatchObject({ resumed: true, mailbox: { now: 0, next: 0, low: 0 } });
  await back.close();
});
