import { describe, expect, test } from "vitest";
import { reconnectDelay } from "../../src/connection/reconnect-delay.ts";
import { wsOpener } from "../../src/node/ws-socket.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import { connected, createClient, eventOf, failureOf, openFixture } from "../support/mesh-fixture.ts";
import { ManualClock } from "../support/manual-clock.ts";

test("[HELLO-9] the delays are 1, 2, 4, 8, 16, 30, 30… s, each ± 20 %", () => {
  const all = (random: number): number[] =>
    [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => reconnectDelay(failures, random));
  expect(all(0.5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(all(0)).toEqual([800, 1_600, 3_200, 6_400, 12_800, 24_000, 24_000, 24_000]);
  expect(all(0.999_999)).toEqual([1_200, 2_400, 4_800, 9_600, 19_200, 36_000, 36_000, 36_000]);
});

test("[HELLO-9] follows the schedule while nobody answers, and starts over after it was connected", async () => {
  const { port, url } = await freePort();
  const clock = new ManualClock();
  const random = { byte: 128 };
  const client = createClient(url, clock, {}, random);
  client.connect();
  const delays: number[] = [];
  for (let n = 0; n < 7; n++) {
    const state = await eventOf(client, "connection", ({ name }) => name === "waiting");
    if (state.name !== "waiting") throw new Error("not waiting");
    expect(state.attempt).toBe(n + 1);
    delays.push(state.retryAtMs - clock.now());
    if (n < 6) clock.advance(state.retryAtMs - clock.now());
  }
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);

  const broker = await ScriptedBroker.start(port);
  try {
    clock.advance(30_000);
    const connection = await broker.nextConnection();
    const ready = eventOf(client, "ready");
    await connection.accept();
    await ready;
    random.byte = 0;
    const waiting = eventOf(client, "connection", ({ name }) => name === "waiting");
    connection.cut();
    expect(await waiting).toMatchObject({ attempt: 1, retryAtMs: clock.now() + 800 });
  } finally {
    await broker.stop();
  }
});

describe("[HELLO-9] ends for good", () => {
  test.each(["unauthorized", "revoked", "bad_session_proof", "session_key_taken"])(
    "after the refusal %s",
    async (code) => {
      const { broker, client, clock } = await openFixture();
      client.connect();
      const ended = eventOf(client, "ended");
      await (await broker.nextConnection()).refuse(code);
      expect(await ended).toEqual({ kind: "refused", code, message: `refused: ${code}` });
      clock.advance(120_000);
      expect(broker.connectionCount).toBe(1);
      await expect(client.untilReady()).rejects.toMatchObject({ name: "MeshRequestError", code });
    },
  );

  test.each([
    [4001, "unauthorized"],
    [4002, "revoked"],
  ])("after close %i", async (closeCode, code) => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const ended = eventOf(fixture.client, "ended");
    connection.close(closeCode, "revoked");
    expect(await ended).toMatchObject({ kind: "refused", code });
    expect(fixture.clock.pending).toBe(0);
  });

  test("[PRES-2] after session_replaced, which the owner can tell apart to take a fresh key", async () => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const ended = eventOf(fixture.client, "ended");
    connection.close(1000, "session_replaced");
    expect(await ended).toMatchObject({ kind: "session_replaced" });
    expect(fixture.clock.pending).toBe(0);
  });
});

test.each([
  [1001, "shutting down", "shutting_down"],
  [1013, "storage_unavailable", "storage_unavailable"],
  [4008, "slow_consumer", "slow_consumer"],
  [1008, "too_many_errors", "too_many_errors"],
])("[HELLO-9] comes back after close %i", async (closeCode, reason, code) => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  const down = eventOf(fixture.client, "down");
  connection.close(closeCode, reason);
  expect(await down).toMatchObject({ closeCode, code });
  fixture.clock.advance(1_000);
  const ready = eventOf(fixture.client, "ready");
  await (await fixture.broker.nextConnection()).accept();
  await ready;
});

test("[HELLO-9] capacity is waited out, and named by whoever asks meanwhile", async () => {
  const { broker, client, clock } = await openFixture();
  client.connect();
  const waiting = eventOf(client, "connection", ({ name }) => name === "waiting");
  const asked = failureOf(client.untilReady(5_000));
  await (await broker.nextConnection()).refuse("capacity");
  expect(await waiting).toMatchObject({ loss: { code: "capacity" } });
  clock.advance(1_000);
  await (await broker.nextConnection()).refuse("capacity");
  await eventOf(client, "connection", ({ name }) => name === "waiting");
  clock.advance(4_000);
  expect(await asked).toMatchObject({ code: "capacity", retryable: true });
});

test("[HELLO-9] timestamp_skew is retried once at once with the clock of the broker", async () => {
  const { broker, client, clock } = await openFixture();
  const serverTime = clock.now() - 3_600_000;
  client.connect();
  await (await broker.nextConnection()).refuse("timestamp_skew", { serverTime });
  const second = await broker.nextConnection();
  const hello = await second.refuse("timestamp_skew", { serverTime });
  expect(hello["timestamp"]).toBe(serverTime);
  const waiting = await eventOf(client, "connection", ({ name }) => name === "waiting");
  expect(waiting).toMatchObject({ attempt: 1, retryAtMs: clock.now() + 1_000, loss: { code: "timestamp_skew" } });
});

test("[HELLO-4] replayed is retried once at once with a new timestamp", async () => {
  const { broker, client, clock } = await openFixture();
  client.connect();
  const first = await (await broker.nextConnection()).refuse("replayed");
  const second = await (await broker.nextConnection()).refuse("replayed");
  expect(Number(second["timestamp"])).toBeGreaterThan(Number(first["timestamp"]));
  expect(second["signature"]).not.toBe(first["signature"]);
  await eventOf(client, "connection", ({ name }) => name === "waiting");
  expect(clock.nextIn).toBe(1_000);
});

test("[HELLO-9] without reconnects the first loss is the end, but skewed clocks are still put right", async () => {
  const { broker, client, clock } = await openFixture({ reconnect: false });
  client.connect();
  await (await broker.nextConnection()).refuse("timestamp_skew", { serverTime: clock.now() + 600_000 });
  const connection = await broker.nextConnection();
  const ready = eventOf(client, "ready");
  await connection.accept();
  await ready;
  const ended = eventOf(client, "ended");
  connection.cut();
  expect(await ended).toMatchObject({ kind: "lost", code: "server_unreachable" });
});

test("[HELLO-1] a broker that never answers the hello is given up", async () => {
  const { broker, client, clock } = await openFixture();
  client.connect();
  await (await broker.nextConnection()).nextOf("hello");
  clock.advance(10_000);
  expect(client.state).toMatchObject({ name: "waiting", loss: { code: "server_unreachable" } });
});

test("[WS-6] pings every 30 s and gives up a connection that is silent for 75 s", async () => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  const { clock, client } = fixture;
  // Three rounds that are answered: the connection lives on.
  for (let round = 1; round <= 3; round++) {
    clock.advance(30_000);
    await expect.poll(() => connection.pings).toBe(round);
    const probe = client.getState("probe");
    const { _reqId } = await connection.nextOf("get_state");
    connection.send({
      type: "state_result",
      key: "probe",
      value: null,
      updatedBy: "",
      updatedAt: "",
      version: 0,
      _reqId,
    });
    await probe;
  }
  connection.freeze();
  clock.advance(74_999);
  expect(client.state.name).toBe("ready");
  clock.advance(1);
  expect(client.state).toMatchObject({ name: "waiting", loss: { message: expect.stringContaining("75000 ms") } });
});

test("[WS-6] where sockets cannot ping, a cheap question takes its place", async () => {
  const fixture = await openFixture();
  const clock = fixture.clock;
  const client = createClient(fixture.broker.url, clock, {
    platform: {
      clock,
      randomBytes: (count) => new Uint8Array(count),
      openSocket(url, handlers) {
        const { send, close, terminate } = wsOpener(undefined)(url, handlers);
        return { send, close, terminate };
      },
    },
  });
  client.connect();
  const connection = await fixture.broker.nextConnection();
  const ready = eventOf(client, "ready");
  await connection.accept();
  await ready;
  clock.advance(30_000);
  expect(await connection.next()).toMatchObject({ type: "get_state" });
  expect(connection.pings).toBe(0);
});

test("[PRES-3] close says bye and leaves no timer behind", async () => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  await fixture.client.close();
  expect(await connection.closed).toEqual({ code: 1000, reason: "bye" });
  expect(fixture.clock.pending).toBe(0);
  expect(fixture.client.state).toMatchObject({ name: "ended", reason: { kind: "closed" } });
});

test("[CRYPTO-4] a damaged key ends the client before it connects", async () => {
  const { client, broker } = await openFixture({
    sessionKey: { publicKey: "ab".repeat(32), secretKey: "cd".repeat(64) },
  });
  const ended = eventOf(client, "ended");
  client.connect();
  expect(await ended).toMatchObject({ kind: "unusable", code: "bad_key" });
  expect(broker.connectionCount).toBe(0);
});

async function freePort(): Promise<{ port: number; url: string }> {
  const broker = await ScriptedBroker.start();
  const { port, url } = broker;
  await broker.stop();
  return { port, url };
}
