import { describe, expect, test } from "vitest";
import { decodeBase64 } from "@parlatory/protocol";
import type { SendResult } from "../../src/sending/send-result.ts";
import type { Frame, ScriptedConnection } from "../support/scripted-broker.ts";
import {
  MESH_ID,
  ROOT_KEY,
  connected,
  createClient,
  crypto,
  eventOf,
  memberKey,
  openFixture,
  otherKey,
  sessionKey,
  type Fixture,
} from "../support/mesh-fixture.ts";
import { ManualClock } from "../support/manual-clock.ts";

const direct = { targetSpec: otherKey.publicKey, text: "hello" };

async function sent(
  fixture: Fixture,
  connection: ScriptedConnection,
  input: Parameters<Fixture["client"]["send"]>[0],
): Promise<{ result: Promise<SendResult>; frame: Frame }> {
  const result = fixture.client.send(input);
  return { result, frame: await connection.nextOf("send") };
}

/** Answers the next question for the ledger. */
async function answerStatus(connection: ScriptedConnection, rows: { state: string; reason?: string }[]): Promise<void> {
  const request = await connection.nextOf("message_status");
  connection.send({
    type: "message_status_result",
    messageId: request["messageId"],
    targetSpec: "*",
    kind: "broadcast",
    priority: "next",
    delivered: false,
    deliveredAt: null,
    recipients: rows.map((row, n) => ({
      name: `peer ${n}`,
      pubkey: String(n).repeat(64),
      status: "held",
      offers: 1,
      path: [],
      ...row,
    })),
    _reqId: request["_reqId"],
  });
}

describe("what is written", () => {
  test("[CRYPTO-1] a direct message is a box from the session key to the target key, with a clientMessageId", async () => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, { ...direct, priority: "now", replyTo: "m-0" });
    expect(frame).toMatchObject({ targetSpec: otherKey.publicKey, enc: "box", priority: "now", replyTo: "m-0" });
    expect(frame["clientMessageId"]).toMatch(/^[A-Za-z0-9._:-]{1,128}$/);
    expect(frame["id"]).toBe(frame["clientMessageId"]);
    const body = { nonce: String(frame["nonce"]), ciphertext: String(frame["ciphertext"]) };
    const opened = crypto.openDirect({
      ...body,
      senderPubkey: sessionKey.publicKey,
      memberSecretKey: otherKey.secretKey,
    });
    expect(opened).toMatchObject({ ok: true, text: "hello" });
    connection.ack(frame);
    await result;
  });

  test("[CRYPTO-6] [CRYPTO-8] a multicast is sealed with the group's key and signed with the session key", async () => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, {
      targetSpec: "@frontend",
      text: "hello",
      includeOffline: true,
    });
    expect(frame).toMatchObject({ enc: "group_box", includeOffline: true });
    const body = { nonce: String(frame["nonce"]), ciphertext: String(frame["ciphertext"]) };
    expect(crypto.openGroup({ ...body, targetSpec: "@frontend", rootKey: ROOT_KEY })).toEqual({
      ok: true,
      text: "hello",
    });
    const header = {
      meshId: MESH_ID,
      senderPubkey: sessionKey.publicKey,
      targetSpec: "@frontend",
      clientMessageId: String(frame["clientMessageId"]),
      sentAt: String(frame["sentAt"]),
    };
    expect(crypto.verifyMulticast(header, body, String(frame["sig"]))).toBe(true);
    connection.ack(frame);
    expect(await result).toMatchObject({ encrypted: true });
  });

  test("[CRYPTO-5] [CRYPTO-8] without a root key a multicast is plaintext, signed all the same, and the result says so", async () => {
    const fixture = await openFixture({ rootKey: "", presence: "control" });
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, { targetSpec: "*", text: "héllo" });
    expect(frame["enc"]).toBe("none");
    expect(new TextDecoder().decode(decodeBase64(String(frame["ciphertext"])))).toBe("héllo");
    const body = { nonce: String(frame["nonce"]), ciphertext: String(frame["ciphertext"]) };
    const header = {
      meshId: MESH_ID,
      senderPubkey: memberKey.publicKey,
      targetSpec: "*",
      clientMessageId: String(frame["clientMessageId"]),
      sentAt: String(frame["sentAt"]),
    };
    expect(crypto.verifyMulticast(header, body, String(frame["sig"]))).toBe(true);
    connection.ack(frame);
    expect(await result).toMatchObject({ encrypted: false });
  });

  test("[CRYPTO-7] falls back to plaintext where recipients lack encryption and the mesh allows it", async () => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, { targetSpec: "*", text: "hello" });
    connection.nack(frame, "recipients_lack_encryption", { allowPlaintext: true });
    const second = await connection.nextOf("send");
    expect(second).toMatchObject({ enc: "none", clientMessageId: frame["clientMessageId"] });
    expect(second["sig"]).not.toBe(frame["sig"]);
    connection.ack(second);
    expect(await result).toMatchObject({ outcome: "queued", encrypted: false });
  });

  test.each([
    [{ allowPlaintext: false }, {}],
    [{ allowPlaintext: true }, { sending: { plaintextFallback: false } }],
  ])("[CRYPTO-7] does not fall back for %o with %o", async (detail, options) => {
    const fixture = await openFixture(options);
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, { targetSpec: "*", text: "hello" });
    connection.nack(frame, "recipients_lack_encryption", detail);
    expect(await result).toMatchObject({ outcome: "rejected", code: "recipients_lack_encryption", detail });
    expect(connection.unread).toEqual([]);
  });
});

describe("[MCP-6] what is answered", () => {
  test("delivered when every recipient's receipt came in time, also one that overtook the ack", async () => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, { targetSpec: "*", text: "hello", settleMs: 2_000 });
    const clientMessageId = frame["clientMessageId"];
    const receipt = (pubkey: string, state: string): void =>
      connection.send({
        type: "receipt",
        messageId: "m-1",
        clientMessageId,
        recipient: { pubkey, name: "x" },
        state,
        at: "2026-01-02T03:04:05.678Z",
      });
    receipt("a".repeat(64), "surfaced");
    connection.ack(frame, {
      messageId: "m-1",
      recipients: 2,
      outcome: { offering: 2, held: 0, stored: 0, refused: 0 },
    });
    receipt("b".repeat(64), "replied");
    expect(await result).toEqual({
      outcome: "delivered",
      messageId: "m-1",
      clientMessageId,
      recipients: 2,
      surfaced: 2,
      duplicate: false,
      encrypted: true,
    });
  });

  test.each([
    [[{ state: "offered" }, { state: "stored", reason: "offline" }], "queued", "not_yet_seen"],
    [[{ state: "held", reason: "gate_working" }], "queued", "recipient_working"],
    [[{ state: "held", reason: "gate_dnd" }], "queued", "recipient_dnd"],
    [[{ state: "held", reason: "pull_only" }], "queued", "pull_only"],
    [[{ state: "held", reason: "window_full" }], "queued", "backlog"],
    [[{ state: "stored", reason: "offline" }], "queued", "recipient_offline"],
    [[{ state: "surfaced" }, { state: "stored", reason: "offline" }], "queued", "partial"],
  ])("when the time is up the ledger is asked: %o is %s, %s", async (rows, outcome, reason) => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, { targetSpec: "*", text: "hello", settleMs: 2_000 });
    connection.ack(frame, { recipients: rows.length });
    await expect.poll(() => fixture.clock.nextIn).toBe(1_000);
    await expect.poll(() => fixture.clock.pending).toBeGreaterThan(2);
    fixture.clock.advance(2_000);
    await answerStatus(connection, rows);
    const surfaced = rows.filter(({ state }) => state === "surfaced").length;
    expect(await result).toMatchObject({ outcome, reason, recipients: rows.length, surfaced });
  });

  test("a message every recipient refused is rejected with the reason, not queued", async () => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, { ...direct, settleMs: 2_000 });
    connection.ack(frame, { messageId: "m-1" });
    connection.send({
      type: "receipt",
      messageId: "m-1",
      clientMessageId: frame["clientMessageId"],
      recipient: { pubkey: otherKey.publicKey, name: "x" },
      state: "refused",
      reason: "undecryptable",
      at: "2026-01-02T03:04:05.678Z",
    });
    await answerStatus(connection, [{ state: "refused", reason: "undecryptable" }]);
    expect(await result).toMatchObject({ outcome: "rejected", code: "undecryptable", messageId: "m-1", recipients: 1 });
  });

  test("without receipts the ledger is asked until everybody has it", async () => {
    const fixture = await openFixture();
    const connection = await connected(fixture, { capabilities: ["client_ack"] });
    const { result, frame } = await sent(fixture, connection, { ...direct, settleMs: 2_000 });
    connection.ack(frame);
    await expect.poll(() => fixture.clock.nextIn).toBe(250);
    fixture.clock.advance(250);
    await answerStatus(connection, [{ state: "offered" }]);
    await expect.poll(() => fixture.clock.nextIn).toBe(250);
    fixture.clock.advance(250);
    await answerStatus(connection, [{ state: "surfaced" }]);
    await answerStatus(connection, [{ state: "surfaced" }]);
    expect(await result).toMatchObject({ outcome: "delivered", surfaced: 1 });
  });

  test.each([
    [{ offering: 1, held: 0, stored: 0, refused: 0 }, "not_yet_seen"],
    [{ offering: 0, held: 0, stored: 1, refused: 0 }, "recipient_offline"],
  ])("without waiting the ack is enough for %o", async (outcome, reason) => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, direct);
    connection.ack(frame, { outcome });
    expect(await result).toMatchObject({ outcome: "queued", reason, recipients: 1, surfaced: 0, resending: false });
  });

  test("[SEND-4] [SEND-5] a refusal is rejected with its code and detail", async () => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    const { result, frame } = await sent(fixture, connection, direct);
    connection.nack(frame, "rate_limited", { retryAfterMs: 250 });
    expect(await result).toMatchObject({
      outcome: "rejected",
      code: "rate_limited",
      retryable: true,
      detail: { retryAfterMs: 250 },
    });
    const second = await sent(fixture, connection, direct);
    connection.send({ type: "error", id: second.frame["id"], code: "too_large", message: "too large", limit: 65_536 });
    expect(await second.result).toMatchObject({
      outcome: "rejected",
      code: "too_large",
      retryable: false,
      detail: { limit: 65_536 },
    });
  });

  test.each([
    ["#general", "channel_unsupported"],
    ["@", "bad_target"],
    ["ada", "unknown_recipient"],
    // No point of the curve has this y.
    [`02${"00".repeat(31)}`, "unknown_recipient"],
  ])("[SEND-5] [CRYPTO-1] the target %s is rejected here as %s", async (targetSpec, code) => {
    const fixture = await openFixture();
    const connection = await connected(fixture);
    expect(await fixture.client.send({ targetSpec, text: "x" })).toMatchObject({ outcome: "rejected", code });
    expect(connection.unread).toEqual([]);
  });

  test("a frame above the limit is rejected here as too_large", async () => {
    const fixture = await openFixture();
    await connected(fixture);
    expect(await fixture.client.send({ ...direct, text: "x".repeat(300_000) })).toMatchObject({
      outcome: "rejected",
      code: "too_large",
    });
  });

  test("server_unreachable is never written later", async () => {
    const fixture = await openFixture();
    const { client, broker, clock } = fixture;
    client.connect();
    const connection = await broker.nextConnection();
    await connection.nextOf("hello");
    const result = client.send(direct);
    clock.advance(5_000);
    expect(await result).toMatchObject({ outcome: "rejected", code: "server_unreachable", retryable: true });
    clock.advance(5_000);
    clock.advance(1_200);
    const second = await broker.nextConnection();
    const ready = eventOf(client, "ready");
    await second.accept();
    await ready;
    const { result: next, frame } = await sent(fixture, second, { ...direct, clientMessageId: "after" });
    expect(frame["clientMessageId"]).toBe("after");
    second.ack(frame);
    await next;
  });

  test("a send before the connection is ready goes out when it is, in order", async () => {
    const { client, broker } = await openFixture();
    client.connect();
    const results = ["a", "b", "c"].map((clientMessageId) => client.send({ ...direct, clientMessageId }));
    const connection = await broker.nextConnection();
    await connection.accept();
    for (const id of ["a", "b", "c"]) {
      const frame = await connection.nextOf("send");
      expect(frame["id"]).toBe(id);
      connection.ack(frame);
    }
    expect((await Promise.all(results)).map(({ outcome }) => outcome)).toEqual(["queued", "queued", "queued"]);
  });

  test("the outbox is bounded by messages and by bytes, and says so", async () => {
    const fixture = await openFixture({ sending: { maxOutboxMessages: 2, maxOutboxBytes: 2_000 } });
    const connection = await connected(fixture);
    const first = await sent(fixture, connection, direct);
    expect(await fixture.client.send({ ...direct, text: "x".repeat(1_500) })).toMatchObject({
      outcome: "rejected",
      code: "server_unreachable",
      message: expect.stringContaining("2000 bytes"),
    });
    const second = await sent(fixture, connection, direct);
    expect(await fixture.client.send(direct)).toMatchObject({
      outcome: "rejected",
      message: expect.stringContaining("2 messages"),
    });
    connection.ack(first.frame);
    connection.ack(second.frame);
    await Promise.all([first.result, second.result]);
    const third = await sent(fixture, connection, direct);
    connection.ack(third.frame);
    expect(await third.result).toMatchObject({ outcome: "queued" });
  });

  test("after the end a send is rejected at once", async () => {
    const fixture = await openFixture();
    await connected(fixture);
    await fixture.client.close();
    expect(await fixture.client.send(direct)).toMatchObject({ outcome: "rejected", code: "server_unreachable" });
  });

  test("a client that was never connected rejects after the wait", async () => {
    const clock = new ManualClock();
    const client = createClient("ws://127.0.0.1:9/ws", clock);
    const result = client.send(direct);
    clock.advance(5_000);
    expect(await result).toMatchObject({ outcome: "rejected", code: "server_unreachable" });
  });
});
