import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MeshWorld, plainText, type Guest } from "../support/mesh-world.ts";
import { directSend, type RawFrame } from "../support/raw-client.ts";
import { STORE_KINDS, startDatabaseSource, type DatabaseSource } from "../support/store-kinds.ts";

const MIB = 1024 * 1024;
const meshes = [{ members: ["ada", "grace", "alan"], policies: { rateMessagesPerMinute: 0 } }];
const bodyOf = (bytes: number): { ciphertext: string } => ({ ciphertext: Buffer.alloc(bytes, 7).toString("base64") });
let world: MeshWorld;

/** Sends so many to a session, pipelined, and gives their answers in order. */
async function flood(from: Guest, to: Guest, count: number, more: Record<string, unknown> = {}): Promise<RawFrame[]> {
  for (let n = 0; n < count; n++) from.client.send(directSend(to.session.publicKey, `flood-${n}`, more));
  return from.client.collect(count, ({ type, id }) => type === "ack" && String(id).startsWith("flood-"));
}

describe.each(STORE_KINDS)("a mailbox with %s", (kind) => {
  let databases: DatabaseSource;
  beforeAll(async () => {
    databases = await startDatabaseSource(kind);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    world = await MeshWorld.open({
      meshes,
      databaseUrl: await databases.createUrl(),
      env: { PARL_MAILBOX_MAX: "5" },
    });
  });
  afterEach(() => world.end());

  test("[SEND-8] [LIM-8] PARL_MAILBOX_MAX unsettled deliveries fill a mailbox, also through a restart; one that settles makes room", async () => {
    const grace = await world.join("grace");
    await grace.leave();
    let ada = await world.join("ada");
    const ids: unknown[] = [];
    for (let n = 0; n < 5; n++) ids.push((await ada.send(grace))["messageId"]);
    expect(await ada.send(grace)).toMatchObject({ type: "ack", queued: false, messageId: "", code: "mailbox_full" });
    // Each recipient has its own: the member key's mailbox is another one.
    expect(await ada.send(world.member("grace"))).toMatchObject({ queued: true });

    await world.restart();
    ada = await world.join("ada");
    expect(await ada.send(grace)).toMatchObject({ queued: false, code: "mailbox_full" });
    const back = await world.join("grace", { session: grace.session });
    await back.waitForPushes(6);
    // Offered is not settled.
    expect(await ada.send(grace)).toMatchObject({ code: "mailbox_full" });
    await back.acknowledge(ids[0]);
    const taken = await ada.send(grace);
    expect(taken).toMatchObject({ queued: true });
    expect(await ada.send(grace)).toMatchObject({ code: "mailbox_full" });
    const pushes = await back.waitForPushes(7);
    expect(pushes.at(-1)).toMatchObject({ messageId: taken["messageId"] });
    // Nothing of what was refused ever came.
    expect(back.received()).toHaveLength(7);
  });

  test("[SEND-8] in a multicast a full mailbox makes only that delivery refused", async () => {
    const ada = await world.join("ada", { capabilities: ["client_ack", "receipts"] });
    const full = await world.join("grace");
    const free = await world.join("alan");
    for (let n = 0; n < 5; n++) await ada.send(full);
    const ack = await ada.send("*", plainText("to both"));
    expect(ack).toMatchObject({
      queued: true,
      recipients: 2,
      outcome: { offering: 1, held: 0, stored: 0, refused: 1 },
    });
    await free.waitForPushes(1);
    await free.acknowledge(ack["messageId"]);
    const status = await ada.client.request({ type: "message_status", messageId: ack["messageId"] });
    const rows = status["recipients"] as RawFrame[];
    expect(status["delivered"]).toBe(false);
    expect(rows.find((row) => row["pubkey"] === full.session.publicKey)).toMatchObject({
      state: "refused",
      reason: "mailbox_full",
      status: "disconnected",
      offers: 0,
      path: [{ state: "accepted" }, { state: "refused", reason: "mailbox_full" }],
    });
    expect(rows.find((row) => row["pubkey"] === free.session.publicKey)).toMatchObject({ state: "surfaced" });
    await full.client.settle();
    expect(full.received()).not.toContain(ack["messageId"]);

    await free.leave();
    const alone = await ada.send("*", plainText("to the full one only"));
    expect(alone).toMatchObject({ queued: false, code: "mailbox_full" });
  });
});

describe("with the default limits", () => {
  beforeEach(async () => {
    world = await MeshWorld.open({ meshes });
  });
  afterEach(() => world.end());

  test("[SEND-8] [LIM-8] a mailbox takes 10,000 deliveries and not one more", async () => {
    const grace = await world.join("grace");
    await grace.leave();
    const answers = await flood(await world.join("ada"), grace, 10_001);
    expect(answers.findIndex((answer) => answer["queued"] !== true)).toBe(10_000);
    expect(answers.at(-1)).toMatchObject({ id: "flood-10000", code: "mailbox_full" });
  });

  test("[LIM-2] a ciphertext has at most 65,536 bytes, counted as decoded", async () => {
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    expect(await ada.send(grace, bodyOf(65_536))).toMatchObject({ queued: true });
    expect(await ada.send(grace, bodyOf(65_537))).toMatchObject({
      queued: false,
      code: "too_large",
      limit: 65_536,
      field: "ciphertext",
    });
    expect(await ada.send("*", { enc: "none", ...bodyOf(65_537) })).toMatchObject({ code: "too_large" });
    const legacy = await world.join("alan", { legacy: true });
    expect(await legacy.send(grace, bodyOf(65_537))).toMatchObject({ type: "error", id: "send-1", code: "too_large" });
    await grace.client.settle();
    expect(grace.received()).toHaveLength(1);
  });

  test("[LIM-7] 1,024 messages are offered on one connection; the next is held `window_full` until one settles", async () => {
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    const answers = await flood(ada, grace, 1_025);
    await grace.waitForPushes(1_024);
    await grace.client.settle();
    expect(grace.received()).toHaveLength(1_024);
    const last = answers.at(-1)?.["messageId"];
    const status = await ada.client.request({ type: "message_status", messageId: last });
    expect(status["recipients"]).toMatchObject([{ state: "held", reason: "window_full" }]);
    // Acknowledged as received it keeps its place.
    await grace.acknowledge(answers[500]?.["messageId"], { stage: "received" });
    await grace.client.settle();
    expect(grace.received()).toHaveLength(1_024);
    await grace.acknowledge(answers[500]?.["messageId"]);
    await grace.waitForPushes(1_025);
    expect(grace.received().at(-1)).toBe(last);
  });

  test("[LIM-7] 8 MiB are offered on one connection, however few messages they are", async () => {
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    const most = (8 * MIB) / 65_536;
    const answers = await flood(ada, grace, most + 1, bodyOf(65_536));
    await grace.waitForPushes(most);
    const last = answers.at(-1)?.["messageId"];
    const status = await ada.client.request({ type: "message_status", messageId: last });
    expect(status["recipients"]).toMatchObject([{ state: "held", reason: "window_full" }]);
    await grace.client.settle();
    expect(grace.received()).toHaveLength(most);
    await grace.acknowledge(answers[0]?.["messageId"]);
    expect((await grace.waitForPushes(most + 1)).at(-1)).toMatchObject({ messageId: last });
  });
});

describe("with other limits", () => {
  afterEach(() => world.end());

  test("[SEND-8] [LIM-8] a mailbox takes 64 MiB of ciphertext, to the byte", async () => {
    const env = { PARL_MAX_MESSAGE_BYTES: String(16 * MIB), PARL_MAX_FRAME_BYTES: String(32 * MIB) };
    world = await MeshWorld.open({ meshes, env });
    const grace = await world.join("grace");
    await grace.leave();
    const ada = await world.join("ada");
    for (const bytes of [16 * MIB, 16 * MIB, 16 * MIB, 16 * MIB - 1]) {
      expect(await ada.send(grace, bodyOf(bytes))).toMatchObject({ queued: true });
    }
    expect(await ada.send(grace, bodyOf(2))).toMatchObject({ queued: false, code: "mailbox_full" });
    expect(await ada.send(grace, bodyOf(1))).toMatchObject({ queued: true });
    expect(await ada.send(grace, bodyOf(1))).toMatchObject({ queued: false, code: "mailbox_full" });
  });

  test("[LIM-2] PARL_MAX_MESSAGE_BYTES moves the limit of a message", async () => {
    world = await MeshWorld.open({ meshes, env: { PARL_MAX_MESSAGE_BYTES: "100" } });
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    expect(await ada.send(grace, bodyOf(100))).toMatchObject({ queued: true });
    expect(await ada.send(grace, bodyOf(101))).toMatchObject({ code: "too_large", limit: 100 });
  });

  test("[LIM-7] PARL_OFFER_WINDOW moves the window, and a message alone in it may have any size", async () => {
    world = await MeshWorld.open({
      meshes,
      env: {
        PARL_OFFER_WINDOW: "2",
        PARL_MAX_MESSAGE_BYTES: String(16 * MIB),
        PARL_MAX_FRAME_BYTES: String(32 * MIB),
      },
    });
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    const first = await ada.send(grace, bodyOf(9 * MIB));
    expect(first).toMatchObject({ outcome: { offering: 1 } });
    expect(await ada.send(grace)).toMatchObject({ outcome: { held: 1 } });
    await grace.waitForPushes(1);
    await grace.acknowledge(first["messageId"]);
    await grace.waitForPushes(2);
    expect(await ada.send(grace)).toMatchObject({ outcome: { offering: 1 } });
    expect(await ada.send(grace)).toMatchObject({ outcome: { held: 1 } });
  });
});
