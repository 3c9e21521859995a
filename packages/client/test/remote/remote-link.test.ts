import { describe, expect, test } from "vitest";
import { reconnectDelay } from "../../src/connection/reconnect-delay.ts";
import { remoteUrl } from "../../src/remote/remote-url.ts";
import { ManualClock } from "../support/manual-clock.ts";
import {
  CLIENT_SESSION,
  accept,
  catchUpNext,
  caughtUp,
  connectedFrame,
  createRemote,
  cut,
  eventOf,
  failureOf,
  hello,
  openRemote,
  settled,
  startServer,
} from "./support/remote-fixture.ts";

test("[CLIENT-1] connect is sent on hello and not before, and the link is usable on connected", async () => {
  const { server, client } = await openRemote({ deviceName: "Anna's phone", sizeKb: 64, recentSessionsLimit: 5 });
  client.connect();
  const connection = await server.nextConnection();
  expect(connection.unread).toEqual([]);

  connection.send(hello);
  const connect = await connection.next();
  expect(connect).toEqual({
    type: "connect",
    session_id: CLIENT_SESSION,
    api_key: "k".repeat(43),
    capabilities: ["stream", "lean", "approvals", "session_events", "output_batch"],
    device_name: "Anna's phone",
    size_kb: 64,
    recent_sessions_limit: 5,
  });
  expect(client.state).toEqual({ name: "connecting", attempt: 1 });
  const listing = client.sessions.list();
  expect(connection.unread).toEqual([]);

  connection.send(connectedFrame(connect));
  const asked = await connection.nextOf("get_session_list");
  expect(client.state.name).toBe("ready");
  const answer = { type: "session_list", sessions: [], total_count: 0, has_more: false, next_cursor: null };
  connection.send({ ...answer, correlation_id: asked["correlation_id"] });
  expect(await listing).toMatchObject(answer);
});

test("[CLIENT-1] the delays grow from 1 s to 30 s, each with 25 % jitter", () => {
  const all = (random: number): number[] => [1, 2, 3, 4, 5, 6, 9].map((n) => reconnectDelay(n, random, 0.25));

  expect(all(0.5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(all(0)).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500]);
  expect(all(0.999_999)).toEqual([1_250, 2_500, 5_000, 10_000, 20_000, 37_500, 37_500]);
});

test("[CLIENT-1] follows the schedule while nobody answers, and starts over once it was connected", async () => {
  const first = await startServer();
  const { port, url } = first;
  await first.stop();
  const clock = new ManualClock();
  const random = { byte: 255 };
  const client = createRemote(url, clock, {}, random);
  client.connect();
  const delays: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    const state = await eventOf(client, "connection", ({ name }) => name === "waiting");
    if (state.name !== "waiting") throw new Error("not waiting");
    delays.push(state.retryAtMs - clock.now());
    if (n < 3) clock.advance(state.retryAtMs - clock.now());
  }
  expect(delays).toEqual([1_248, 2_496, 4_992, 9_984]);

  const server = await startServer(port);
  random.byte = 0;
  clock.advance(9_984);
  const connection = await server.nextConnection();
  await accept(connection);
  await eventOf(client, "caughtUp");
  const waiting = eventOf(client, "connection", ({ name }) => name === "waiting");
  connection.cut();
  expect(await waiting).toMatchObject({ attempt: 1, retryAtMs: clock.now() + 750 });
});

test("[CLIENT-1] comes back at once when the app comes forward", async () => {
  const fixture = await openRemote();
  await cut(fixture, await caughtUp(fixture));

  fixture.client.wake();
  await catchUpNext(fixture);
  expect(fixture.client.state.name).toBe("ready");
});

test("[CLIENT-1] a link that looks open when the app comes forward is given 5 s to say something", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  fixture.client.wake();
  await connection.nextOf("ping");
  await settled(fixture.client, connection);
  fixture.clock.advance(5_000);
  expect(fixture.client.state.name).toBe("ready");

  connection.freeze();
  const down = eventOf(fixture.client, "down");
  fixture.client.wake();
  fixture.clock.advance(5_000);
  expect(await down).toMatchObject({ code: "server_unreachable" });
});

test("[CLIENT-1] a server that falls silent is left, and one that says anything is not", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  fixture.clock.advance(25_000);
  await connection.nextOf("ping");
  await settled(fixture.client, connection);
  fixture.clock.advance(59_000);
  expect(fixture.client.state.name).toBe("ready");

  connection.freeze();
  const down = eventOf(fixture.client, "down");
  fixture.clock.advance(60_000);
  await down;
});

test("[CLIENT-1] a server that says hello and then nothing is left after 10 s", async () => {
  const { server, client, clock } = await openRemote();
  client.connect();
  const connection = await server.nextConnection();
  connection.send(hello);
  await connection.nextOf("connect");
  const waiting = eventOf(client, "connection", ({ name }) => name === "waiting");
  clock.advance(10_000);
  expect(await waiting).toMatchObject({ loss: { message: "no connected within 10000 ms" } });
});

describe("ends for good", () => {
  test("when the key is refused, and says so to whoever waits", async () => {
    const { server, client, clock } = await openRemote();
    client.connect();
    const asked = failureOf(client.sessions.list());
    const connection = await server.nextConnection();
    connection.send(hello);
    await connection.nextOf("connect");
    const ended = eventOf(client, "ended");
    connection.send({ type: "auth_error", message: "Authentication failed" });
    connection.close(4401);

    expect(await ended).toEqual({ kind: "refused", code: "not_allowed", message: "Authentication failed" });
    expect(await asked).toMatchObject({ name: "RemoteRequestError", code: "server_unreachable" });
    expect(await failureOf(client.untilReady())).toMatchObject({ code: "not_allowed", retryable: false });
    expect(clock.pending).toBe(0);
  });

  test("when the device is revoked while it is connected", async () => {
    const fixture = await openRemote();
    const connection = await caughtUp(fixture);
    const ended = eventOf(fixture.client, "ended");
    connection.send({ type: "auth_error", message: "Authentication failed" });
    connection.close(4401);
    expect(await ended).toMatchObject({ kind: "refused", code: "not_allowed" });
  });

  test("when the server speaks a protocol it does not know", async () => {
    const { server, client } = await openRemote();
    client.connect();
    const ended = eventOf(client, "ended");
    (await server.nextConnection()).send({ ...hello, protocol: 2 });
    expect(await ended).toMatchObject({ kind: "unusable", code: "unsupported" });
  });

  test("when the connect itself is refused", async () => {
    const { server, client } = await openRemote();
    client.connect();
    const connection = await server.nextConnection();
    const ended = eventOf(client, "ended");
    connection.send(hello);
    await connection.nextOf("connect");
    const message = "session_id required in connect message";
    connection.send({ type: "error", code: "missing_field", message, retryable: false });
    expect(await ended).toEqual({ kind: "refused", code: "missing_field", message });
  });

  test("at the first loss with reconnect: false", async () => {
    const fixture = await openRemote({ reconnect: false });
    const connection = await caughtUp(fixture);
    const ended = eventOf(fixture.client, "ended");
    connection.close(1001);
    expect(await ended).toMatchObject({ kind: "lost", code: "shutting_down" });
    expect(fixture.clock.pending).toBe(0);
  });

  test("when it is closed, with a goodbye", async () => {
    const fixture = await openRemote();
    const connection = await caughtUp(fixture);
    await fixture.client.close();
    expect(await connection.closed).toEqual({ code: 1000, reason: "" });
    expect(await failureOf(fixture.client.sessions.list())).toMatchObject({ code: "server_unreachable" });
  });
});

test.each([
  [1001, "shutting_down"],
  [4408, "not_connected"],
  [4429, "too_many"],
  [1009, "too_large"],
])("[CLIENT-1] comes back after close %i", async (closeCode, code) => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const down = eventOf(fixture.client, "down");
  connection.close(closeCode);
  expect(await down).toMatchObject({ closeCode, code });
  fixture.clock.advance(1_000);
  await catchUpNext(fixture);
});

test("a message that is no JSON, of an unknown type, or broken inside does not end the connection", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const warned = eventOf(fixture.client, "warning");
  connection.sendText("{");
  connection.send({ type: "from_the_future", answer: 42 });
  connection.send({ type: "session_info" });
  expect(await warned).toMatchObject({ kind: "bad_frame" });
  await settled(fixture.client, connection);
  expect(fixture.client.state.name).toBe("ready");
});

test.each([
  ["http://127.0.0.1:7900", "ws://127.0.0.1:7900/remote"],
  ["https://parl.example/", "wss://parl.example/remote"],
  ["wss://parl.example/remote", "wss://parl.example/remote"],
  ["https://parl.example/behind/", "wss://parl.example/behind/remote"],
  ["http://[::1]:7900?x=1#secret", "ws://[::1]:7900/remote"],
])("the remote socket of %s is %s", (server, socket) => {
  expect(remoteUrl(server)).toBe(socket);
});
