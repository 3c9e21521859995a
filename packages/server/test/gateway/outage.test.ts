import { afterEach, beforeEach, expect, test } from "vitest";
import { Outage } from "../support/outage.ts";
import { RawClient, directSend, modernHello } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

let server: TestServer;
let outage: Outage;
let ada: TestMember;
let grace: TestMember;

beforeEach(async () => {
  outage = new Outage();
  server = await startTestServer({ wrapStore: outage.wrap });
  [ada, grace] = membersOf(server);
});
afterEach(async () => {
  outage.mode = "up";
  await server.end();
});

test("[DB-5] [FRM-7] while the database refuses, mutations and sends are refused, connections stay, and all works again after", async () => {
  const session = createKey();
  const receiver = await RawClient.join(server.wsUrl, modernHello(grace, { session, capabilities: ["client_ack"] }));
  const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
  outage.mode = "refusing";
  expect(await client.request({ type: "set_state", key: "k", value: 1 })).toMatchObject({
    type: "error",
    code: "storage_unavailable",
  });
  expect(await client.request(directSend(session.publicKey, "m1"))).toMatchObject({
    type: "ack",
    queued: false,
    code: "storage_unavailable",
  });
  expect(await client.request({ type: "set_summary", summary: "still here" })).toMatchObject({ type: "ok" });
  outage.mode = "up";
  for (;;) {
    const answer = await client.request(directSend(session.publicKey, "m2"));
    if (answer["queued"] === true) break;
    await client.settle();
  }
  expect(await receiver.client.next("push")).toMatchObject({ kind: "direct" });
  await Promise.all([client.close(), receiver.client.close()]);
});

test("[DB-5] a hello while the database is down is closed 1013 storage_unavailable after an error, and leaves no presence", async () => {
  const { client: witness } = await RawClient.join(server.wsUrl, modernHello(grace));
  outage.mode = "refusing";
  for (let i = 0; i < 2; i++) {
    const client = await RawClient.open(server.wsUrl);
    client.send(modernHello(ada));
    client.send({ type: "list_peers" });
    expect(await client.next()).toMatchObject({ type: "error", code: "storage_unavailable" });
    expect(await client.closed).toEqual({ code: 1013, reason: "storage_unavailable" });
    expect(client.frames).toHaveLength(1);
  }
  expect((await witness.request({ type: "list_peers" }))["peers"]).toHaveLength(1);
  await witness.close();
});

test("[FRM-7] a database that hangs: every pipelined request is answered within 5 s, the waiting ones without being begun", async () => {
  const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
  outage.mode = "hanging";
  const startedAt = performance.now();
  client.send({ type: "get_state", key: "a", _reqId: 0 });
  client.send({ type: "set_state", key: "b", value: 1, _reqId: 1 });
  client.send(directSend("f".repeat(64), "m", { _reqId: 2 }));
  client.send({ type: "recall", query: "x", _reqId: 3 });
  client.send({ type: "list_peers", _reqId: 4 });
  const answers = await client.collect(5, (frame) => typeof frame["_reqId"] === "number");
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(answers.map((frame) => frame["_reqId"])).toEqual([0, 1, 2, 3, 4]);
  expect(answers.slice(0, 4).map((frame) => frame["code"])).toEqual(
    Array.from({ length: 4 }, () => "storage_unavailable"),
  );
  expect(answers[4]).toMatchObject({ type: "peers_list" });
  outage.mode = "up";
  expect(await client.request({ type: "get_state", key: "b" })).toMatchObject({ type: "state_result", version: 0 });
  await client.close();
});

test("[FRM-7] a hello in front of a database that hangs is closed 1013 within 5 s", async () => {
  outage.mode = "hanging";
  const client = await RawClient.open(server.wsUrl);
  const startedAt = performance.now();
  client.send(modernHello(ada));
  expect(await client.closed).toEqual({ code: 1013, reason: "storage_unavailable" });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
