import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MeshWorld, type Guest } from "../support/mesh-world.ts";
import { RawClient, directSend, modernHello, type RawFrame } from "../support/raw-client.ts";

const DEAD_MS = 75_000;
const LEASE_MS = 90_000;
const SWEEP_MS = 5_000;

let world: MeshWorld;
const open = async (env: Record<string, string> = {}): Promise<void> => {
  world = await MeshWorld.open({
    meshes: [{ members: ["ada", "grace"], policies: { rateMessagesPerMinute: 0 } }],
    env,
  });
};
afterEach(() => world.end());

/** What the witness is shown of a presence: undefined, or whether it is connected. */
async function shownTo(witness: Guest, other: Guest): Promise<unknown> {
  const peers = (await witness.client.request({ type: "list_peers" }))["peers"] as RawFrame[];
  return peers.find((peer) => peer["presenceId"] === other.ack["presenceId"])?.["connected"];
}

/** Moves time second by second while the witness is awake; gives when the presence was first shown otherwise. */
async function watch(witness: Guest, other: Guest, forMs: number): Promise<{ lostAt: number; endedAt: number }> {
  const start = world.time.now();
  const seen = { lostAt: Number.NaN, endedAt: Number.NaN };
  for (let at = 0; at < forMs; at += 1_000) {
    await world.time.advance(1_000);
    const connected = await shownTo(witness, other);
    if (connected === false && Number.isNaN(seen.lostAt)) seen.lostAt = world.time.now() - start;
    if (connected === undefined) {
      seen.endedAt = world.time.now() - start;
      break;
    }
  }
  return seen;
}

describe("a presence, at default times", () => {
  beforeEach(() => open());

  // The heartbeat and the sweep have periods of their own: the silence begins at every place of both.
  test.each([0, 700, 1_900, 2_900, 4_900])(
    "[PRES-4] [LIM-5] [WS-6] a silent one is lost after 75 s and gone 90 s and at most one sweep later (silent from %d ms on)",
    async (phase) => {
      const witness = await world.join("ada", { capabilities: ["client_ack", "peer_events"] });
      await world.time.advance(phase);
      const { client, ack } = await RawClient.join(
        world.server.wsUrl,
        modernHello(world.member("grace"), { timestamp: world.time.stamp(), capabilities: [] }),
        { autoPong: false },
      );
      const silent = { client, ack } as Guest;
      const { lostAt, endedAt } = await watch(witness, silent, DEAD_MS + LEASE_MS + SWEEP_MS + 1_000);
      expect(lostAt).toBe(DEAD_MS);
      expect(endedAt).toBeGreaterThanOrEqual(DEAD_MS + LEASE_MS);
      expect(endedAt).toBeLessThanOrEqual(DEAD_MS + LEASE_MS + SWEEP_MS);
      await client.closed;
      const left = witness.client.frames.filter((frame) => frame["event"] === "peer_left");
      expect(left).toMatchObject([{ eventData: { presenceId: ack["presenceId"] } }]);
    },
  );

  test("[PRES-4] [LIM-5] any sign of life begins the time anew", async () => {
    const witness = await world.join("ada");
    const quiet = await world.join("grace");
    for (let n = 0; n < 4; n++) {
      await world.pass(DEAD_MS - 15_000);
      expect(await shownTo(witness, quiet)).toBe(true);
    }
  });

  test("[PRES-4] [LIM-5] a lost connection is gone 90 s and at most one sweep later, and one that came back is not", async () => {
    const witness = await world.join("ada");
    const lost = await world.join("grace");
    const back = await world.join("grace");
    await lost.lose();
    await back.lose();
    await world.pass(LEASE_MS - 1_000);
    expect([await shownTo(witness, lost), await shownTo(witness, back)]).toEqual([false, false]);
    const again = await world.join("grace", { session: back.session });
    expect(again.ack).toMatchObject({ resumed: true, presenceId: back.ack["presenceId"] });
    await world.time.advance(1_000 + SWEEP_MS);
    expect([await shownTo(witness, lost), await shownTo(witness, back)]).toEqual([undefined, true]);
    const late = await world.join("grace", { session: lost.session });
    expect(late.ack).toMatchObject({ resumed: false });
  });

  test("[PRES-4] [PRES-5] what a stopped broker left is gone as early, however long it was down", async () => {
    const lost = await world.join("grace");
    await world.restart();
    let witness = await world.join("ada");
    expect(await shownTo(witness, lost)).toBe(false);
    await world.time.advance(30_000);
    await world.restart();
    witness = await world.join("ada");
    await world.pass(LEASE_MS - 30_000 - 1);
    expect(await shownTo(witness, lost)).toBe(false);
    await world.time.advance(1 + SWEEP_MS);
    expect(await shownTo(witness, lost)).toBeUndefined();
  });
});

test("[LIM-5] PARL_DEAD_AFTER_MS, PARL_LEASE_MS and PARL_SWEEP_MS move these times", async () => {
  await open({
    PARL_PING_INTERVAL_MS: "4000",
    PARL_DEAD_AFTER_MS: "9000",
    PARL_LEASE_MS: "20000",
    PARL_SWEEP_MS: "2000",
  });
  const witness = await world.join("ada");
  const { client, ack } = await RawClient.join(
    world.server.wsUrl,
    modernHello(world.member("grace"), { timestamp: world.time.stamp() }),
    { autoPong: false },
  );
  const { lostAt, endedAt } = await watch(witness, { client, ack } as Guest, 32_000);
  expect(lostAt).toBe(9_000);
  expect(endedAt).toBeGreaterThanOrEqual(29_000);
  expect(endedAt).toBeLessThanOrEqual(31_000);
});

describe("the hello, at default times", () => {
  beforeEach(() => open());

  test("[LIM-4] [HELLO-1] it may take 10 s from the upgrade", async () => {
    const early = await RawClient.open(world.server.wsUrl);
    const late = await RawClient.open(world.server.wsUrl);
    // The broker has begun to count when it answers.
    for (const client of [early, late]) {
      client.send({ type: "list_peers" });
      await client.next("error");
    }
    await world.time.advance(9_999);
    early.send(modernHello(world.member("ada"), { timestamp: world.time.stamp() }));
    await early.next("hello_ack");
    await world.time.advance(1);
    expect(await late.next("error")).toMatchObject({ code: "hello_timeout" });
    expect(await late.closed).toEqual({ code: 1008, reason: "hello_timeout" });
    await early.settle();
    await early.close();
  });

  test("[LIM-4] the clocks may differ by 60 s, to the millisecond", async () => {
    const member = world.member("ada");
    const say = async (timestamp: number): Promise<RawFrame> => {
      const client = await RawClient.open(world.server.wsUrl);
      client.send(modernHello(member, { timestamp }));
      const answer = await client.next();
      await client.close();
      return answer;
    };
    const now = world.time.now();
    expect(await say(now - 60_000)).toMatchObject({ type: "hello_ack" });
    expect(await say(now + 60_000)).toMatchObject({ type: "hello_ack" });
    const skewed = { type: "error", code: "timestamp_skew", serverTime: now };
    expect(await say(now - 60_001)).toMatchObject(skewed);
    expect(await say(now + 60_001)).toMatchObject(skewed);
  });

  test("[LIM-4] [HELLO-4] a hello is remembered for as long as it could be said again, through a restart too", async () => {
    const hello = modernHello(world.member("ada"), { timestamp: world.time.now() + 60_000 });
    const say = async (): Promise<unknown> => {
      const client = await RawClient.open(world.server.wsUrl);
      client.send(hello);
      const answer = await client.next();
      client.webSocket.terminate();
      await client.closed;
      return answer["code"] ?? answer.type;
    };
    expect(await say()).toBe("hello_ack");
    await world.time.advance(59_000);
    expect(await say()).toBe("replayed");
    await world.restart();
    await world.time.advance(60_999);
    expect(await say()).toBe("replayed");
    await world.time.advance(1);
    expect(await say()).toBe("replayed");
    await world.time.advance(1);
    expect(await say()).toBe("timestamp_skew");
  });
});

test("[LIM-4] PARL_HELLO_TIMEOUT_MS moves the time of the hello", async () => {
  await open({ PARL_HELLO_TIMEOUT_MS: "300" });
  const client = await RawClient.open(world.server.wsUrl);
  client.send({ type: "list_peers" });
  await client.next("error");
  await world.time.advance(300);
  expect(await client.next("error")).toMatchObject({ code: "hello_timeout" });
  await client.closed;
});

describe("offers, at default times", () => {
  beforeEach(() => open());

  const statusOf = async (guest: Guest, messageId: unknown): Promise<RawFrame | undefined> =>
    ((await guest.client.request({ type: "message_status", messageId }))["recipients"] as RawFrame[])[0];
  /** The ledger looks for what is late four times a second. */
  const TICK_MS = 250;

  test("[LIM-6] [DLV-8] without an acknowledgement it comes again every 30 s; the eighth is the last", async () => {
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    const { messageId } = await ada.send(grace);
    await grace.waitForPushes(1);
    for (let again = 1; again < 8; again++) {
      const offeredAt = world.time.now();
      while (grace.received().length === again) {
        await world.time.advance(TICK_MS);
        await Promise.all([grace.client.settle(), ada.client.settle()]);
      }
      const waited = world.time.now() - offeredAt;
      expect(waited).toBeGreaterThanOrEqual(30_000);
      expect(waited).toBeLessThan(30_000 + 2 * TICK_MS);
      expect(grace.pushes().at(-1)).toMatchObject({ messageId, redelivery: again });
    }
    await world.time.advance(30_000 - TICK_MS);
    expect(await statusOf(ada, messageId)).toMatchObject({ state: "offered", offers: 8 });
    await grace.client.settle();
    await world.time.advance(2 * TICK_MS);
    expect(await statusOf(ada, messageId)).toMatchObject({ state: "dead", reason: "max_offers", offers: 8 });
    await grace.client.settle();
    expect(grace.received()).toHaveLength(8);
  });

  test("[LIM-6] [DLV-12] what a legacy client was pushed counts as seen 2 s after it was flushed", async () => {
    const ada = await world.join("ada");
    const legacy = await world.join("grace", { legacy: true });
    const { messageId } = await ada.send(legacy);
    await legacy.waitForPushes(1);
    // Twice to the broker and back: the ping behind the push was answered, and the answer was read.
    await legacy.client.settle();
    await legacy.client.settle();
    await world.time.advance(1_999);
    expect(await statusOf(ada, messageId)).toMatchObject({ state: "offered" });
    await world.time.advance(1);
    expect(await statusOf(ada, messageId)).toMatchObject({ state: "surfaced", reason: "legacy" });
  });
});

test("[LIM-6] PARL_ACK_TIMEOUT_MS, PARL_MAX_OFFERS and PARL_LEGACY_SETTLE_MS move these limits", async () => {
  await open({ PARL_ACK_TIMEOUT_MS: "1000", PARL_MAX_OFFERS: "2", PARL_LEGACY_SETTLE_MS: "100" });
  const ada = await world.join("ada", { capabilities: ["client_ack", "receipts"] });
  const grace = await world.join("grace");
  const legacy = await world.join("grace", { legacy: true });
  const { messageId } = await ada.send(grace);
  const other = await ada.send(legacy);
  await legacy.waitForPushes(1);
  await legacy.client.settle();
  await legacy.client.settle();
  await world.time.advance(1_250);
  await grace.waitForPushes(2);
  await world.time.advance(1_250);
  const receipts = await ada.client.collect(2, ({ type }) => type === "receipt");
  expect(receipts).toMatchObject([
    { messageId: other["messageId"], state: "surfaced", reason: "legacy" },
    { messageId, state: "dead", reason: "max_offers" },
  ]);
});

test("[LIM-11] [WS-7] 16 MiB may wait unsent on a connection; above that it is closed 4008 and its mail waits", async () => {
  await open();
  const value = "v".repeat(60_000);
  const slow = await world.join("grace");
  slow.client.webSocket.pause();
  const ada = await world.join("ada");
  const isConnected = (): Promise<unknown> => shownTo(ada, slow);
  const writes = (count: number): Promise<RawFrame[]> =>
    Promise.all(
      Array.from({ length: count }, (_, n) =>
        ada.client.request({ type: "set_state", key: "noise", value: `${value}${n}` }),
      ),
    );
  // Fifteen MiB of changes are held whatever the system's own buffers take.
  await writes(Math.floor((15 * 1024 * 1024) / 60_200));
  expect(await isConnected()).toBe(true);
  const { messageId } = await ada.send(slow);
  for (let rounds = 0; (await isConnected()) === true; rounds++) {
    expect(rounds).toBeLessThan(40);
    await writes(50);
  }
  slow.client.webSocket.resume();
  expect(await slow.client.closed).toEqual({ code: 4008, reason: "slow_consumer" });
  const back = await world.join("grace", { session: slow.session });
  expect(await back.waitForPushes(1)).toMatchObject([{ messageId }]);
  // Nobody else noticed.
  expect(await ada.send(back)).toMatchObject({ queued: true });
  ada.client.send(directSend(back.session.publicKey, "after"));
  await back.waitForPushes(3);
}, 60_000);
