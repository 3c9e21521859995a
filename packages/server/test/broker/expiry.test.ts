import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MeshWorld, plainText, type Guest } from "../support/mesh-world.ts";
import type { RawFrame } from "../support/raw-client.ts";
import { STORE_KINDS, startDatabaseSource, type DatabaseSource } from "../support/store-kinds.ts";

const DAY = 86_400_000;
const SWEEP = 5_000;
/** Nothing is pinged or given up for silence, so that days can pass at once. */
const PATIENT = { PARL_PING_INTERVAL_MS: "2147483647", PARL_DEAD_AFTER_MS: "2147483647" };

describe.each(STORE_KINDS)("with %s", (kind) => {
  let databases: DatabaseSource;
  let world: MeshWorld;

  beforeAll(async () => {
    databases = await startDatabaseSource(kind);
  });
  afterAll(() => databases.stop());
  afterEach(() => world.end());

  const open = async (env: Record<string, string> = {}): Promise<void> => {
    world = await MeshWorld.open({
      meshes: [{ members: ["ada", "grace"] }, { slug: "other", members: ["eve", "mallory"] }],
      databaseUrl: await databases.createUrl(),
      env: { ...PATIENT, ...env },
    });
  };

  const rowsOf = async (guest: Guest, messageId: unknown): Promise<RawFrame[]> => {
    const status = await guest.client.request({ type: "message_status", messageId });
    if (status.type === "error") throw new Error(String(status["code"]));
    return status["recipients"] as RawFrame[];
  };
  const statesOf = async (guest: Guest, ids: readonly unknown[]): Promise<unknown[]> => {
    const states: unknown[] = [];
    for (const id of ids) states.push(...(await rowsOf(guest, id)).map((row) => row["state"]));
    return states;
  };

  describe("time to live", () => {
    beforeEach(() => open());

    test("[DLV-13] [LIM-9] `now` lives one day, the others seven, direct and multicast alike, in whatever state", async () => {
      const ada = await world.join("ada", { capabilities: ["client_ack", "receipts"] });
      const away = await world.join("grace");
      await away.leave();
      const grace = await world.join("grace", { capabilities: ["client_ack", "pull"] });
      const send = async (target: Guest | string, priority: string): Promise<unknown> =>
        (await ada.send(target, { priority, ...(target === "*" ? plainText("to all") : {}) }))["messageId"];
      const nows = [await send(away, "now"), await send(grace, "now"), await send("*", "now")];
      await grace.waitForPushes(2);
      await grace.client.request({ type: "client_ack", upTo: nows[2], stage: "received" });
      await grace.client.request({ type: "set_status", status: "dnd" });
      const others = [await send(away, "next"), await send(grace, "next"), await send("*", "next")];
      others.push(await send(away, "low"), await send(grace, "low"), await send("*", "low"));
      const settled = await send(grace, "now");
      await grace.acknowledge(settled);
      const open = [...nows, ...others];
      const before = await statesOf(ada, open);
      expect(before).toEqual(["stored", "offered", "offered", "stored", "held", "held", "stored", "held", "held"]);

      await world.time.leap(DAY - 1);
      expect(await statesOf(ada, open)).toEqual(before);
      await world.time.advance(SWEEP);
      expect(await statesOf(ada, nows)).toEqual(["expired", "expired", "expired"]);
      expect(await statesOf(ada, others)).toEqual(before.slice(3));
      const [row] = await rowsOf(ada, nows[1]);
      expect(row).toMatchObject({ status: "disconnected", reason: "ttl" });
      const path = row?.["path"] as RawFrame[] | undefined;
      expect(path?.at(-1)).toMatchObject({ state: "expired", reason: "ttl" });
      // The sender is told, and what had settled before stays as it was.
      const receipts = ada.client.frames.filter((frame) => frame["state"] === "expired");
      expect(receipts.map((receipt) => receipt["messageId"])).toEqual(nows);
      expect(await statesOf(ada, [settled])).toEqual(["surfaced"]);

      await world.time.leap(6 * DAY - SWEEP);
      expect(await statesOf(ada, others)).toEqual(before.slice(3));
      await world.time.advance(SWEEP);
      expect(await statesOf(ada, others)).toEqual(others.map(() => "expired"));
      // Nothing that expired is delivered.
      const count = grace.received().length;
      await grace.client.request({ type: "set_status", status: "idle" });
      expect(await grace.client.request({ type: "pull" })).toMatchObject({ count: 0, remaining: 0 });
      expect(grace.received()).toHaveLength(count);
    });

    test("[DLV-13] what ran out while the broker was down expires within one sweep of its start, in every mesh", async () => {
      const eve = await world.join("eve", {}, "other");
      const mallory = await world.join("mallory", {}, "other");
      await mallory.leave();
      const early = await eve.send(mallory, { priority: "next" });
      await world.time.leap(DAY);
      const ada = await world.join("ada");
      const grace = await world.join("grace");
      await grace.leave();
      const later = await ada.send(grace, { priority: "next" });
      await ada.leave();
      await eve.leave();
      await world.restart();
      // The mail of the first mesh lives a day longer than that of the other.
      await world.time.leap(6 * DAY);
      await world.time.advance(SWEEP);
      const eveAgain = await world.join("eve", {}, "other");
      expect(await statesOf(eveAgain, [early["messageId"]])).toEqual(["expired"]);
      expect(await statesOf(await world.join("ada"), [later["messageId"]])).toEqual(["stored"]);
    });

    test("[DLV-13] a shorter time to live set later counts for what is sent from then on", async () => {
      const grace = await world.join("grace");
      await grace.leave();
      const long = await (await world.join("ada")).send(grace);
      await world.restart({ PARL_TTL_MS: "60000" });
      const short = await (await world.join("ada")).send(grace);
      await world.time.leap(60_000);
      await world.time.advance(SWEEP);
      const ada = await world.join("ada");
      expect(await statesOf(ada, [long["messageId"], short["messageId"]])).toEqual(["stored", "expired"]);
    });
  });

  test("[LIM-9] PARL_TTL_MS and PARL_TTL_NOW_MS move the times to live", async () => {
    await open({ PARL_TTL_MS: "20000", PARL_TTL_NOW_MS: "10000" });
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    await grace.leave();
    const ids = [
      (await ada.send(grace, { priority: "now" }))["messageId"],
      (await ada.send(grace, { priority: "low" }))["messageId"],
    ];
    await world.time.advance(9_999);
    expect(await statesOf(ada, ids)).toEqual(["stored", "stored"]);
    await world.time.advance(SWEEP);
    expect(await statesOf(ada, ids)).toEqual(["expired", "stored"]);
    await world.time.advance(SWEEP);
    expect(await statesOf(ada, ids)).toEqual(["expired", "stored"]);
    await world.time.advance(SWEEP);
    expect(await statesOf(ada, ids)).toEqual(["expired", "expired"]);
  });

  test("[LIM-9] [DLV-14] what is known of a message is kept seven days after it settled, then it is not found", async () => {
    await open();
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    const id = { clientMessageId: "once", nonce: Buffer.alloc(24).toString("base64"), ciphertext: "AAAA" };
    const { messageId } = await ada.send(grace, id);
    await grace.waitForPushes(1);
    await grace.acknowledge(messageId);
    await world.time.advance(60_000);
    await world.time.leap(7 * DAY - 60_000 - 1_000);
    await world.time.advance(1_000);
    expect(await statesOf(ada, [messageId])).toEqual(["surfaced"]);
    expect(await ada.send(grace, id)).toMatchObject({ messageId, duplicate: true });
    // Deletion of the body, and the purge, have a minute each.
    await world.time.advance(120_000);
    await expect.poll(() => rowsOf(ada, messageId).catch((error: Error) => error.message)).toBe("not_found");
    const again = await ada.send(grace, id);
    expect(again["duplicate"]).toBeUndefined();
    expect(again["messageId"]).not.toBe(messageId);
  });

  test("[LIM-9] [HELLO-6] a session key is remembered seven days after its last use, for mail and against others", async () => {
    await open();
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    await grace.leave();
    const claim = (): Promise<unknown> => world.join("ada", { session: grace.session }).catch((error: Error) => error);
    await world.time.leap(7 * DAY - 1);
    expect(await ada.send(grace)).toMatchObject({ queued: true });
    expect(String(await claim())).toContain("session_key_taken");
    await world.time.leap(1);
    expect(await ada.send(grace)).toMatchObject({ queued: false, code: "unknown_recipient" });
    expect(await claim()).toMatchObject({ ack: { type: "hello_ack" } });
  });

  test("[LIM-9] [HELLO-6] PARL_SESSION_MEMORY_MS moves that time, which use renews and a live session does not run out", async () => {
    await open({ PARL_SESSION_MEMORY_MS: String(10 * 60_000) });
    const ada = await world.join("ada");
    const live = await world.join("grace");
    const gone = await world.join("grace");
    await world.pass(20 * 60_000);
    await gone.leave();
    await world.pass(10 * 60_000 - 1_000);
    expect(await ada.send(gone)).toMatchObject({ queued: true });
    await world.pass(1_000);
    expect(await ada.send(gone)).toMatchObject({ code: "unknown_recipient" });
    expect(await ada.send(live)).toMatchObject({ queued: true });
  });
});
