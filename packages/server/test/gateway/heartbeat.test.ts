import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { RawClient, modernHello, type RawFrame } from "../support/raw-client.ts";
import { membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

let server: TestServer;
let ada: TestMember;
let grace: TestMember;

beforeAll(async () => {
  server = await startTestServer({ env: { PARL_PING_INTERVAL_MS: "100", PARL_DEAD_AFTER_MS: "400" } });
  [ada, grace] = membersOf(server);
});
afterAll(() => server.end());

/** Waits for so many pings of the server. */
function pings(client: RawClient, count: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    client.webSocket.on("ping", () => {
      if (++seen === count) resolve();
    });
  });
}

test("[WS-6] the broker pings again and again, and a client that answers stays", async () => {
  const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
  // Ten intervals are more than twice the time after which a silent client is dead.
  await pings(client, 10);
  await client.settle();
  expect(client.webSocket.readyState).toBe(WebSocket.OPEN);
  await client.close();
});

test("[WS-6] a client that neither answers pings nor sends anything is cut off, and listed as not connected", async () => {
  const { client: silent, ack } = await RawClient.join(server.wsUrl, modernHello(ada), { autoPong: false });
  const { client: witness } = await RawClient.join(server.wsUrl, modernHello(grace));
  expect(await silent.closed).toEqual({ code: 1006, reason: "" });
  const list = await witness.request({ type: "list_peers" });
  const row = (list["peers"] as RawFrame[]).find((peer) => peer["presenceId"] === ack["presenceId"]);
  expect(row).toMatchObject({ connected: false, online: true });
  await witness.close();
});

test("[WS-6] any frame of the client is a sign of life, a ping of its own too", async () => {
  const { client } = await RawClient.join(server.wsUrl, modernHello(ada), { autoPong: false });
  client.webSocket.on("ping", () => client.webSocket.ping());
  await pings(client, 10);
  await client.settle();
  expect(client.webSocket.readyState).toBe(WebSocket.OPEN);
  await client.close();
});

test("[WS-6] the broker answers pings of clients", async () => {
  const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
  const answered = new Promise<string>((resolve) => client.webSocket.once("pong", (data) => resolve(data.toString())));
  client.webSocket.ping("are you there");
  expect(await answered).toBe("are you there");
  await client.close();
});
