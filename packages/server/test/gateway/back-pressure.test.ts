import { expect, test } from "vitest";
import { RawClient, directSend, modernHello, type RawFrame } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

const POLICIES = { rateMessagesPerMinute: 0, rateBurst: 0 };
const BIG = "A".repeat(80_000);

async function start(
  env: Record<string, string> = {},
): Promise<{ server: TestServer; ada: TestMember; grace: TestMember }> {
  const server = await startTestServer({ meshes: [{ members: ["ada", "grace"], policies: POLICIES }], env });
  const [ada, grace] = membersOf(server);
  return { server, ada, grace };
}

test("[WS-7] a client that does not read is closed 4008 when too much waits for it, and loses no mail", async () => {
  const { server, ada, grace } = await start({ PARL_MAX_OUTBUF_BYTES: "2000000" });
  const session = createKey();
  const slow = await RawClient.join(server.wsUrl, modernHello(grace, { session, capabilities: ["client_ack"] }));
  slow.client.webSocket.pause();
  const { client: sender } = await RawClient.join(server.wsUrl, modernHello(ada));
  // State changes are pushed whatever waits: unlike mail they do not pause, so the buffer grows.
  const value = "v".repeat(60_000);
  sender.send(directSend(session.publicKey, "kept", { ciphertext: BIG }));
  const isGone = async (): Promise<boolean> => {
    const peers = (await sender.request({ type: "list_peers" }))["peers"] as RawFrame[];
    return peers.some((peer) => peer["pubkey"] === session.publicKey && peer["connected"] === false);
  };
  for (let i = 0; !(await isGone()); i++) {
    await sender.request({ type: "set_state", key: "noise", value: `${value}${i}` });
  }
  slow.client.webSocket.resume();
  expect(await slow.client.closed).toEqual({ code: 4008, reason: "slow_consumer" });
  const back = await RawClient.join(server.wsUrl, modernHello(grace, { session, capabilities: ["client_ack"] }));
  expect(back.ack).toMatchObject({ resumed: true, mailbox: { next: 1 } });
  expect(await back.client.next("push")).toMatchObject({ redelivery: 1 });
  await Promise.all([back.client.close(), sender.close()]);
  await server.end();
}, 60_000);

test("[WS-7] offers pause while much waits unsent and go on when it drained, without a further poke", async () => {
  const { server, ada, grace } = await start();
  const session = createKey();
  const slow = await RawClient.join(server.wsUrl, modernHello(grace, { session, capabilities: ["client_ack"] }));
  slow.client.webSocket.pause();
  const { client: sender } = await RawClient.join(server.wsUrl, modernHello(ada));
  const count = 100;
  for (let i = 0; i < count; i++) sender.send(directSend(session.publicKey, `m${i}`, { ciphertext: BIG }));
  const acks = await sender.collect(count, (frame) => frame.type === "ack");
  await sender.settle();
  const peers = (await sender.request({ type: "list_peers" }))["peers"] as RawFrame[];
  expect(peers.find((peer) => peer["pubkey"] === session.publicKey)).toMatchObject({ connected: true });
  slow.client.webSocket.resume();
  const pushes = await slow.client.collect(count, (frame) => frame.type === "push");
  expect(pushes.map((frame) => frame["messageId"])).toEqual(acks.map((frame) => frame["messageId"]));
  await Promise.all([slow.client.close(), sender.close()]);
  await server.end();
}, 60_000);
