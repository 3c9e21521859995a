import { describe, expect, test } from "vitest";
import { RecentIds, type ReceivedIds } from "../../src/receiving/received-ids.ts";
import type { ClientWarning } from "../../src/mesh-client-events.ts";
import type { Fixture } from "../support/mesh-fixture.ts";
import type { Frame, ScriptedConnection } from "../support/scripted-broker.ts";
import {
  MESH_ID,
  ROOT_KEY,
  collect,
  connected,
  crypto,
  directPush,
  eventOf,
  memberKey,
  openFixture,
  otherKey,
  plainPush,
} from "../support/mesh-fixture.ts";

/** Frames the client writes until a question is answered: everything that was due is among them. */
async function settledFrames({ client }: Fixture, connection: ScriptedConnection): Promise<Frame[]> {
  await new Promise((resolve) => setImmediate(resolve));
  const probe = client.getState("probe");
  const frames: Frame[] = [];
  for (;;) {
    const frame = await connection.next();
    if (frame.type === "get_state") {
      connection.send({
        type: "state_result",
        key: "probe",
        value: null,
        updatedBy: "",
        updatedAt: "",
        version: 0,
        _reqId: frame["_reqId"],
      });
      await probe;
      return frames;
    }
    frames.push(frame);
  }
}

/** Sends a push and a question behind it, so that the push was dealt with when this returns. */
async function deliver(fixture: Fixture, connection: ScriptedConnection, ...pushes: object[]): Promise<Frame[]> {
  for (const push of pushes) connection.send(push);
  const peers = fixture.client.listPeers();
  const request = await connection.nextOf("list_peers");
  connection.send({ type: "peers_list", peers: [], _reqId: request["_reqId"] });
  await peers;
  return await settledFrames(fixture, connection);
}

async function reconnect(
  { client, broker, clock }: Fixture,
  connection: ScriptedConnection,
): Promise<ScriptedConnection> {
  const down = eventOf(client, "down");
  connection.cut();
  await down;
  clock.advance(1_200);
  const next = await broker.nextConnection();
  const ready = eventOf(client, "ready");
  await next.accept({ resumed: true });
  await ready;
  return next;
}

function signedPush(
  text: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> & { messageId: string } {
  const header = {
    meshId: MESH_ID,
    senderPubkey: otherKey.publicKey,
    targetSpec: "@ops",
    clientMessageId: "cm-1",
    sentAt: "2026-01-02T03:04:05.000Z",
  };
  const sealed = crypto.sealGroup({ targetSpec: "@ops", rootKey: ROOT_KEY, text });
  if (!sealed.ok) throw new Error("the root key must work");
  const sig = crypto.signMulticast(otherKey.secretKey, header, sealed);
  const { nonce, ciphertext } = sealed;
  return plainPush("", { ...header, kind: "group", enc: "group_box", nonce, ciphertext, sig, ...changes });
}

describe("[CRYPTO-3] what a push is shown as", () => {
  async function shown(
    push: object,
  ): Promise<
    | { kind: string; text: string; encrypted: boolean; signed: boolean; unverifiedReason: string | undefined }
    | undefined
  > {
    const fixture = await openFixture();
    const messages = collect(fixture.client);
    const connection = await connected(fixture);
    await deliver(fixture, connection, push);
    const [message] = messages;
    if (message === undefined) return undefined;
    const { kind, text, encrypted, signed, unverifiedReason } = message;
    return { kind, text, encrypted, signed, unverifiedReason };
  }
  const unverified = { kind: "unverified", encrypted: false, signed: false };

  test("direct: a box to the session key", async () => {
    expect(await shown(directPush("hello"))).toEqual({
      kind: "direct",
      text: "hello",
      encrypted: true,
      signed: true,
      unverifiedReason: undefined,
    });
  });

  test("[CRYPTO-2] direct: a box to the member key", async () => {
    const sealed = crypto.sealDirect({
      text: "hello",
      recipientPubkey: memberKey.publicKey,
      senderSecretKey: otherKey.secretKey,
    });
    expect(await shown(directPush("", { ...sealed, targetSpec: memberKey.publicKey }))).toMatchObject({
      kind: "direct",
      text: "hello",
    });
  });

  test("a plaintext body in a direct push is never direct", async () => {
    const { nonce, ciphertext } = plainPush("trust me");
    expect(await shown(directPush("", { nonce, ciphertext }))).toMatchObject({
      ...unverified,
      text: "trust me",
      unverifiedReason: "not_encrypted",
    });
    expect(await shown(directPush("", { nonce, ciphertext, enc: "none" }))).toMatchObject({
      ...unverified,
      text: "trust me",
    });
    expect(await shown(plainPush("trust me", { kind: "direct", targetSpec: undefined }))).toMatchObject(unverified);
  });

  test("[CRYPTO-8] group: opened with the group's key, its signature verifies", async () => {
    expect(await shown(signedPush("hello"))).toMatchObject({
      kind: "group",
      text: "hello",
      encrypted: true,
      signed: true,
    });
  });

  test.each([
    ["another sender", { senderPubkey: memberKey.publicKey }],
    ["another time", { sentAt: "2026-01-02T03:04:06.000Z" }],
    ["no clientMessageId", { clientMessageId: undefined }],
    ["a damaged signature", { sig: "0".repeat(128) }],
  ])("[CRYPTO-8] a signature over %s makes it unverified", async (_, changes) => {
    expect(await shown(signedPush("hello", changes))).toMatchObject({
      kind: "unverified",
      encrypted: true,
      signed: false,
      unverifiedReason: "bad_signature",
    });
  });

  test("[CRYPTO-5] broadcast: plaintext, and unsigned when it is", async () => {
    expect(await shown(plainPush("hello"))).toMatchObject({
      kind: "broadcast",
      text: "hello",
      encrypted: false,
      signed: false,
    });
    expect(await shown(plainPush("hello", { enc: undefined, targetSpec: "@ops" }))).toMatchObject({ kind: "group" });
  });

  test("[CRYPTO-6] a readable body that says group_box is unverified", async () => {
    expect(await shown(plainPush("hello", { enc: "group_box" }))).toMatchObject({
      ...unverified,
      unverifiedReason: "not_encrypted",
    });
  });

  test("a push without sender is unverified", async () => {
    expect(await shown(plainPush("hello", { senderPubkey: "" }))).toMatchObject({
      ...unverified,
      unverifiedReason: "no_sender",
    });
  });

  test.each([
    [
      "a box for somebody else",
      () =>
        directPush("", {
          ...crypto.sealDirect({
            text: "x".repeat(60),
            recipientPubkey: crypto.generateKeyPair().publicKey,
            senderSecretKey: otherKey.secretKey,
          }),
        }),
    ],
    [
      "a group_box of another mesh",
      () =>
        signedPush("", {
          ...crypto.sealGroup({ text: "x".repeat(60), targetSpec: "@ops", rootKey: crypto.generateRootKey() }),
        }),
    ],
    ["plaintext that is no UTF-8", () => plainPush("", { ciphertext: "/////w==" })],
    ["a body that is no base64", () => directPush("", { ciphertext: "!" })],
  ])("[DLV-11] %s is refused as undecryptable with a warning, and shown to nobody", async (_, make) => {
    const fixture = await openFixture();
    const messages = collect(fixture.client);
    const warnings: ClientWarning[] = [];
    fixture.client.on("warning", (warning) => warnings.push(warning));
    const connection = await connected(fixture);
    const push = make();
    const frames = await deliver(fixture, connection, push);
    expect(messages).toEqual([]);
    expect(connection.texts.map((text) => JSON.parse(text) as Frame)).toContainEqual({
      type: "client_nack",
      messageId: push.messageId,
      reason: "undecryptable",
    });
    expect(frames.filter(({ type }) => type === "client_ack")).toEqual([]);
    expect(warnings).toMatchObject([
      { kind: "undecryptable", messageId: push.messageId, senderPubkey: otherKey.publicKey },
    ]);
  });
});

describe("acknowledgements", () => {
  const acks = (connection: ScriptedConnection): unknown[] =>
    connection.texts.map((text) => JSON.parse(text) as Frame).filter(({ type }) => type === "client_ack");

  test("[DLV-7] received at once and together, surfaced when the owner says so, cumulative where the order allows", async () => {
    const fixture = await openFixture();
    const messages = collect(fixture.client);
    const connection = await connected(fixture);
    const [a, b, c, d] = [directPush("a"), directPush("b"), directPush("c"), directPush("d")];
    await deliver(fixture, connection, a, b, c, d);
    const received = acks(connection) as { stage?: string; upTo?: string; messageId?: string }[];
    expect(received.every(({ stage }) => stage === "received")).toBe(true);
    expect(received.at(-1)?.upTo ?? received.at(-1)?.messageId).toBe(d.messageId);
    const before = received.length;
    messages[0]?.surfaced();
    messages[1]?.surfaced();
    messages[1]?.surfaced();
    messages[3]?.surfaced();
    await settledFrames(fixture, connection);
    expect(acks(connection).slice(before)).toEqual([
      { type: "client_ack", messageId: d.messageId },
      { type: "client_ack", upTo: b.messageId },
    ]);
    fixture.clock.advance(20);
    messages[2]?.surfaced();
    await settledFrames(fixture, connection);
    expect(acks(connection).slice(before + 2)).toEqual([{ type: "client_ack", messageId: c.messageId }]);
  });

  test("[PERF-2] surfaced batches leave at most every 20 ms", async () => {
    const fixture = await openFixture({ receiving: { surface: "automatic" } });
    collect(fixture.client);
    const connection = await connected(fixture);
    await deliver(fixture, connection, directPush("a"));
    expect(acks(connection)).toHaveLength(1);
    const later = [directPush("b"), directPush("c"), directPush("d")];
    await deliver(fixture, connection, ...later);
    expect(acks(connection)).toHaveLength(1);
    fixture.clock.advance(19);
    await settledFrames(fixture, connection);
    expect(acks(connection)).toHaveLength(1);
    fixture.clock.advance(1);
    await settledFrames(fixture, connection);
    expect(acks(connection).slice(1)).toEqual([{ type: "client_ack", upTo: later[2]?.messageId }]);
  });

  test("[DLV-9] what waits in the client's queues can be seen", async () => {
    const fixture = await openFixture();
    const messages = collect(fixture.client);
    const connection = await connected(fixture);
    await deliver(fixture, connection, directPush("a"), directPush("b"));
    const sending = fixture.client.send({ targetSpec: otherKey.publicKey, text: "x" });
    const asking = fixture.client.getState("k");
    expect(fixture.client.load).toMatchObject({
      outboxMessages: 1,
      heldMessages: 2,
      openOffers: 2,
      pendingRequests: 1,
    });
    expect(fixture.client.load.outboxBytes).toBeGreaterThan(100);
    connection.ack(await connection.nextOf("send"));
    const { _reqId } = await connection.nextOf("get_state");
    connection.send({ type: "state_result", key: "k", value: null, updatedBy: "", updatedAt: "", version: 0, _reqId });
    await Promise.all([sending, asking]);
    for (const message of messages) message.surfaced();
    await settledFrames(fixture, connection);
    const empty = { outboxMessages: 0, outboxBytes: 0, heldMessages: 0, openOffers: 0, pendingRequests: 0 };
    expect(fixture.client.load).toEqual(empty);
  });

  test("[DLV-4] ids are remembered before surfaced is said; while they cannot be written nothing is", async () => {
    const steps: string[] = [];
    let fails = true;
    const receivedIds: ReceivedIds = {
      has: () => false,
      remember: async (ids) => {
        await Promise.resolve();
        if (fails) throw new Error("disk full");
        steps.push(`remembered ${ids.join(" ")}`);
      },
    };
    const fixture = await openFixture({ receivedIds, receiving: { acknowledgeReceived: false } });
    const messages = collect(fixture.client);
    const connection = await connected(fixture);
    const push = directPush("a");
    await deliver(fixture, connection, push);
    const warned = eventOf(fixture.client, "warning");
    messages[0]?.surfaced();
    expect(await warned).toMatchObject({ kind: "received_ids_unwritable", message: "disk full" });
    await settledFrames(fixture, connection);
    expect(acks(connection)).toEqual([]);
    fails = false;
    connection.onFrame = (frame) => {
      if (frame.type === "client_ack") steps.push(`acked ${String(frame["messageId"])}`);
      return false;
    };
    fixture.clock.advance(1_000);
    await settledFrames(fixture, connection);
    expect(steps).toEqual([`remembered ${push.messageId}`, `acked ${push.messageId}`]);
  });

  test("[DLV-4] what comes again after a reconnect is acknowledged as far as it stands and not handed over again", async () => {
    const fixture = await openFixture();
    const messages = collect(fixture.client);
    const first = await connected(fixture);
    const [held, surfaced] = [directPush("held"), directPush("surfaced")];
    await deliver(fixture, first, held, surfaced);
    messages[1]?.surfaced();
    await settledFrames(fixture, first);
    const second = await reconnect(fixture, first);
    fixture.clock.advance(20);
    await deliver(fixture, second, { ...held, redelivery: 1 }, { ...surfaced, redelivery: 1 });
    expect(messages.map(({ text }) => text)).toEqual(["held", "surfaced"]);
    expect(acks(second)).toContainEqual({ type: "client_ack", messageId: surfaced.messageId });
    fixture.clock.advance(20);
    messages[0]?.surfaced();
    await settledFrames(fixture, second);
    expect(acks(second).at(-1)).toMatchObject({ messageId: held.messageId });
  });

  test("[CLU-4] what was surfaced while disconnected is said on the next connection, without waiting for its redelivery", async () => {
    const fixture = await openFixture();
    const messages = collect(fixture.client);
    const first = await connected(fixture);
    const push = directPush("a");
    await deliver(fixture, first, push);
    const down = eventOf(fixture.client, "down");
    first.cut();
    await down;
    messages[0]?.surfaced();
    fixture.clock.advance(1_200);
    const second = await fixture.broker.nextConnection();
    const ready = eventOf(fixture.client, "ready");
    await second.accept({ resumed: true });
    await ready;
    await settledFrames(fixture, second);
    expect(acks(second)).toEqual([{ type: "client_ack", messageId: push.messageId }]);
  });

  test("[DLV-4] a restarted receiver with the same memory does not hand over again", async () => {
    const receivedIds = new RecentIds();
    const push = directPush("a");
    for (const expected of [1, 0]) {
      const fixture = await openFixture({ receivedIds, receiving: { surface: "automatic" } });
      const messages = collect(fixture.client);
      const connection = await connected(fixture);
      await deliver(fixture, connection, push);
      expect(messages).toHaveLength(expected);
      expect(acks(connection)).toEqual([{ type: "client_ack", messageId: push.messageId }]);
    }
  });

  test("[CRYPTO-8] a signed message under another id is dropped and settled", async () => {
    const fixture = await openFixture({ receiving: { surface: "automatic" } });
    const messages = collect(fixture.client);
    const connection = await connected(fixture);
    const original = signedPush("pay once");
    const replay = { ...original, messageId: "replay-1" };
    await deliver(fixture, connection, original, replay);
    fixture.clock.advance(20);
    await settledFrames(fixture, connection);
    expect(messages.map(({ text }) => text)).toEqual(["pay once"]);
    expect(JSON.stringify(acks(connection))).toContain("replay-1");
  });

  test("[CRYPTO-8] an unsigned message cannot block the ids of a signed sender", async () => {
    const fixture = await openFixture({ receiving: { surface: "automatic" } });
    const messages = collect(fixture.client);
    const connection = await connected(fixture);
    await deliver(fixture, connection, plainPush("forged", { clientMessageId: "cm-1" }), signedPush("real"));
    expect(messages.map(({ text }) => text)).toEqual(["forged", "real"]);
  });

  test("[DLV-12] without the capability nothing is acknowledged", async () => {
    const fixture = await openFixture({ receiving: { surface: "automatic" } });
    const messages = collect(fixture.client);
    const connection = await connected(fixture, { capabilities: [] });
    await deliver(fixture, connection, directPush("a"));
    fixture.clock.advance(20);
    await settledFrames(fixture, connection);
    expect(messages).toHaveLength(1);
    expect(acks(connection)).toEqual([]);
  });

  test("[DLV-4] a message nobody listens to, or whose listener throws, is left to its redelivery", async () => {
    const fixture = await openFixture({ receiving: { surface: "automatic" } });
    const connection = await connected(fixture);
    const push = directPush("a");
    await deliver(fixture, connection, push);
    const stop = fixture.client.on("message", () => {
      throw new Error("not now");
    });
    await deliver(fixture, connection, push);
    expect(acks(connection)).toEqual([]);
    stop();
    const messages = collect(fixture.client);
    await deliver(fixture, connection, push);
    expect(messages).toHaveLength(1);
    expect(acks(connection)).toHaveLength(1);
  });

  test("[DLV-7] close says what is due before bye", async () => {
    const fixture = await openFixture();
    const messages = collect(fixture.client);
    const connection = await connected(fixture);
    const pushes = [directPush("a"), directPush("b")];
    await deliver(fixture, connection, ...pushes);
    for (const message of messages) message.surfaced();
    await fixture.client.close();
    await connection.closed;
    expect(acks(connection).at(-1)).toEqual({ type: "client_ack", upTo: pushes[1]?.messageId });
  });

  test("[PERF-3] the raw path hands over pushes as they came and acknowledges them cumulatively", async () => {
    const raw: unknown[] = [];
    const fixture = await openFixture({ receiving: { surface: "automatic", onRawPush: (push) => raw.push(push) } });
    const connection = await connected(fixture);
    const pushes = [directPush("a"), plainPush("b"), plainPush("c", { sig: "f".repeat(128) })];
    await deliver(fixture, connection, ...pushes);
    fixture.clock.advance(20);
    await settledFrames(fixture, connection);
    expect(raw).toEqual(pushes);
    const last = acks(connection).at(-1) as { upTo?: string; messageId?: string };
    expect(last.upTo ?? last.messageId).toBe(pushes[2]?.messageId);
  });

  test("[DLV-7] the raw path acknowledges by hand in manual mode", async () => {
    const fixture = await openFixture({ receiving: { acknowledgeReceived: false, onRawPush: () => undefined } });
    const connection = await connected(fixture);
    const push = directPush("a");
    await deliver(fixture, connection, push);
    expect(acks(connection)).toEqual([]);
    fixture.client.acknowledge(push.messageId);
    await settledFrames(fixture, connection);
    expect(acks(connection)).toEqual([{ type: "client_ack", messageId: push.messageId }]);
  });
});

test("[PRES-7] system pushes are events, never messages, and never acknowledged", async () => {
  const fixture = await openFixture();
  const messages = collect(fixture.client);
  const heard = eventOf(fixture.client, "peerEvent");
  const connection = await connected(fixture);
  const eventData = {
    presenceId: "p-2",
    pubkey: otherKey.publicKey,
    memberPubkey: otherKey.publicKey,
    displayName: "bob",
    role: null,
    groups: [],
  };
  const frames = await deliver(
    fixture,
    connection,
    plainPush("", { subtype: "system", kind: "system", event: "peer_joined", eventData, senderPubkey: "" }),
  );
  expect(await heard).toMatchObject({ event: "peer_joined", peer: { displayName: "bob" } });
  expect(messages).toEqual([]);
  expect(frames).toEqual([]);
});
