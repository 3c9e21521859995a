import type { MessageId } from "@parlatory/protocol";
import { expect, test } from "vitest";
import type { CommitBatch, NewMessage, UnsettledMessage } from "../../src/store/store.ts";
import {
  T0,
  batchOf,
  memberRow,
  meshRow,
  messageRow,
  presenceRow,
  recipientRow,
  sessionRow,
  stepRow,
} from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

function withoutBody({ nonce: _nonce, ciphertext: _ciphertext, logText: _logText, ...row }: NewMessage): object {
  return row;
}

export function testDelivery(context: ConformanceContext): void {
  async function newMesh() {
    const mesh = meshRow();
    await context.shared.store.createMesh(mesh);
    return mesh.id;
  }

  test("[DLV-2] gives back after a restart every unsettled message exactly as it was committed, in log order", async () => {
    const database = await context.harness.create();
    const mesh = meshRow();
    const meshId = mesh.id;
    await database.store.createMesh(mesh);
    const [bob, carol] = [recipientRow(meshId), recipientRow(meshId, { kind: "member", name: "carol — ü" })];
    const full = messageRow(meshId, 1, {
      recipients: [bob.rid, carol.rid],
      kind: "group",
      targetSpec: "@frontend",
      priority: "now",
      enc: "group_box",
      clientMessageId: "cm-1",
      fingerprint: "f".repeat(64),
      replyTo: "msg-before",
      subtype: "question",
      sig: "5".repeat(128),
    });
    const plain = messageRow(meshId, 2, { recipients: [bob.rid] });
    const later = messageRow(meshId, 300, { recipients: [] });
    const steps = [
      stepRow(meshId, { rid: bob.rid, offsets: "1-2", at: T0 }),
      stepRow(meshId, { rid: carol.rid, offsets: "1", at: T0 }),
      stepRow(meshId, { rid: bob.rid, offsets: "1", state: "held", reason: "gate_working", at: T0 + 1 }),
      stepRow(meshId, { rid: bob.rid, bucket: 1, offsets: "1-2", state: "dead", reason: "max_offers", at: T0 + 2 }),
    ];
    await database.store.commit(batchOf({ recipients: [bob, carol], messages: [full, plain, later], steps }));
    const store = await database.reopen();

    const expected = [
      {
        message: withoutBody(full),
        deliveries: [
          {
            rid: bob.rid,
            steps: [
              { state: "accepted", at: T0 },
              { state: "held", reason: "gate_working", at: T0 + 1 },
            ],
          },
          { rid: carol.rid, steps: [{ state: "accepted", at: T0 }] },
        ],
      },
      { message: withoutBody(plain), deliveries: [{ rid: bob.rid, steps: [{ state: "accepted", at: T0 }] }] },
      { message: withoutBody(later), deliveries: [] },
    ];
    expect(await store.loadUnsettled(meshId, 0, 10)).toEqual(expected);
    expect((await store.loadBoot(T0)).recipients).toEqual([bob, carol]);
    await database.dispose();
  });

  test("[DLV-2] loads unsettled messages in pages and only those of the mesh", async () => {
    const { store } = context.shared;
    const [meshId, other] = [await newMesh(), await newMesh()];
    const messages = Array.from({ length: 25 }, (_, index) => messageRow(meshId, index + 1));
    await store.commit(batchOf({ messages: [...messages, messageRow(other, 7)] }));
    const pages: number[][] = [];
    for (let after = 0; ; after = pages.at(-1)?.at(-1) ?? 0) {
      const page: UnsettledMessage[] = await store.loadUnsettled(meshId, after, 10);
      if (page.length === 0) break;
      pages.push(page.map(({ message }) => message.seq));
    }
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(messages.map(({ seq }) => seq));
  });

  test("[DLV-14] keeps bodies byte for byte until the message is settled, then has none, and keeps the metadata", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const bob = recipientRow(meshId);
    const large = "QUJD".repeat(21_845);
    const messages = [
      messageRow(meshId, 1, { recipients: [bob.rid], ciphertext: large }),
      messageRow(meshId, 2, { recipients: [bob.rid] }),
      messageRow(meshId, 3, { recipients: [bob.rid] }),
    ];
    await store.commit(batchOf({ recipients: [bob], messages }));
    expect(await store.readBodies(meshId, [3, 1, 99])).toEqual(
      new Map(
        [1, 3].map((seq) => [
          seq,
          { nonce: messages[0]?.nonce, ciphertext: seq === 1 ? large : messages[2]?.ciphertext },
        ]),
      ),
    );

    await store.settleMessages(meshId, [1, 3, 99], T0 + 5);
    await store.settleMessages(meshId, [1], T0 + 6);
    await store.settleMessages(meshId, [], T0 + 6);
    expect([...(await store.readBodies(meshId, [1, 2, 3])).keys()]).toEqual([2]);
    expect((await store.loadUnsettled(meshId, 0, 10)).map(({ message }) => message.seq)).toEqual([2]);
    expect(await store.readLedger(messages[0]?.id as MessageId)).toEqual({
      message: withoutBody(messages[0] as NewMessage),
      deliveries: [{ recipient: bob, steps: [] }],
    });
  });

  test("[SEND-6] leaves out a repeated clientMessageId of a member and names the original, everything else is stored", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const original = messageRow(meshId, 1, {
      clientMessageId: "cm",
      fingerprint: "a".repeat(64),
      recipients: [1, 2, 3],
    });
    expect(await store.commit(batchOf({ messages: [original] }))).toEqual([]);
    const batch = [
      messageRow(meshId, 2),
      messageRow(meshId, 3, { clientMessageId: "cm", fingerprint: "b".repeat(64) }),
      messageRow(meshId, 4, { clientMessageId: "new", fingerprint: "c".repeat(64), recipients: [7] }),
      messageRow(meshId, 5, { clientMessageId: "new", fingerprint: "d".repeat(64) }),
      messageRow(meshId, 6, {
        clientMessageId: "cm",
        senderMemberId: memberRow(meshId).id,
        fingerprint: "e".repeat(64),
      }),
      messageRow(meshId, 7),
    ];
    expect(await store.commit(batchOf({ messages: batch }))).toEqual([
      { index: 1, original: { id: original.id, fingerprint: "a".repeat(64), recipients: 3 } },
      { index: 3, original: { id: batch[2]?.id, fingerprint: "c".repeat(64), recipients: 1 } },
    ]);
    expect((await store.loadUnsettled(meshId, 0, 10)).map(({ message }) => message.seq)).toEqual([1, 2, 4, 6, 7]);
    expect(await store.readLedger(batch[1]?.id as MessageId)).toBeUndefined();

    // Also after it was settled, and in another mesh it is another message.
    await store.settleMessages(meshId, [1], T0);
    const again = messageRow(meshId, 8, { clientMessageId: "cm", fingerprint: "a".repeat(64) });
    expect(await store.commit(batchOf({ messages: [again] }))).toEqual([
      { index: 0, original: { id: original.id, fingerprint: "a".repeat(64), recipients: 3 } },
    ]);
    expect(
      await store.commit(batchOf({ messages: [messageRow(await newMesh(), 1, { clientMessageId: "cm" })] })),
    ).toEqual([]);
    expect(await store.findDuplicate(meshId, original.senderMemberId, "cm")).toEqual({
      id: original.id,
      fingerprint: "a".repeat(64),
      recipients: 3,
    });
    expect(await store.findDuplicate(meshId, original.senderMemberId, "unheard of")).toBeUndefined();
  });

  test("[SEND-4] discards the messages of a batch that was given up on, whether it was written or not", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const written = messageRow(meshId, 1, { clientMessageId: "cm", fingerprint: "a".repeat(64), logText: "text" });
    await store.commit(batchOf({ messages: [written, messageRow(meshId, 2)] }));
    const neverWritten = messageRow(meshId, 3);
    const again = messageRow(meshId, 4, { clientMessageId: "cm", fingerprint: "a".repeat(64) });
    // The clientMessageId is free again for the message of the same batch.
    expect(await store.commit(batchOf({ discard: [written.id, neverWritten.id], messages: [again] }))).toEqual([]);
    expect((await store.loadUnsettled(meshId, 0, 10)).map(({ message }) => message.seq)).toEqual([2, 4]);
    expect([...(await store.readBodies(meshId, [1, 2, 3, 4])).keys()].toSorted((a, b) => a - b)).toEqual([2, 4]);
    expect(await store.readLedger(written.id)).toBeUndefined();
    expect(await store.listLoggedMessages(meshId, undefined, 10)).toEqual([]);
    // Discarding alone is a batch too.
    await store.commit(batchOf({ discard: [again.id] }));
    expect((await store.loadUnsettled(meshId, 0, 10)).map(({ message }) => message.seq)).toEqual([2]);
  });

  test("[DLV-1] tells the path of each recipient by time, over bucket borders and range forms", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const [bob, carol] = [recipientRow(meshId), recipientRow(meshId)];
    const messages = [255, 256, 511].map((seq) => messageRow(meshId, seq, { recipients: [carol.rid, bob.rid] }));
    await store.commit(batchOf({ recipients: [bob, carol], messages }));
    await store.commit(
      batchOf({
        steps: [
          stepRow(meshId, {
            rid: bob.rid,
            bucket: 1,
            offsets: "0,255",
            state: "surfaced",
            reason: "client_ack",
            at: T0 + 9,
          }),
          stepRow(meshId, { rid: bob.rid, bucket: 0, offsets: "255", state: "stored", reason: "offline", at: T0 }),
          stepRow(meshId, {
            rid: bob.rid,
            bucket: 1,
            offsets: "3-10,200-255",
            state: "offered",
            reason: "push",
            at: T0 + 3,
          }),
          stepRow(meshId, {
            rid: bob.rid,
            bucket: 1,
            offsets: "255",
            state: "replied",
            reason: "the-reply",
            at: T0 + 9,
          }),
          stepRow(meshId, { rid: carol.rid, bucket: 1, offsets: "0-255", state: "expired", reason: "ttl", at: T0 + 4 }),
        ],
      }),
    );
    const path = async (index: number) => (await store.readLedger(messages[index]?.id as MessageId))?.deliveries;
    expect(await path(0)).toEqual([
      { recipient: carol, steps: [] },
      { recipient: bob, steps: [{ state: "stored", reason: "offline", at: T0 }] },
    ]);
    expect(await path(1)).toEqual([
      { recipient: carol, steps: [{ state: "expired", reason: "ttl", at: T0 + 4 }] },
      { recipient: bob, steps: [{ state: "surfaced", reason: "client_ack", at: T0 + 9 }] },
    ]);
    expect(await path(2)).toEqual([
      { recipient: carol, steps: [{ state: "expired", reason: "ttl", at: T0 + 4 }] },
      {
        recipient: bob,
        steps: [
          { state: "offered", reason: "push", at: T0 + 3 },
          { state: "surfaced", reason: "client_ack", at: T0 + 9 },
          { state: "replied", reason: "the-reply", at: T0 + 9 },
        ],
      },
    ]);
  });

  test("[DLV-2] takes the background rows of a batch twice without showing them twice", async () => {
    const { store } = context.shared;
    const mesh = meshRow();
    await store.createMesh(mesh);
    const bob = recipientRow(mesh.id);
    const message = messageRow(mesh.id, 1, { recipients: [bob.rid] });
    const background: Partial<CommitBatch> = {
      recipients: [bob],
      steps: [stepRow(mesh.id, { rid: bob.rid, offsets: "1", state: "offered", reason: "push" })],
      presences: [presenceRow(mesh.id)],
      sessions: [sessionRow(mesh.id)],
      helloSeen: [{ key: `hello of ${mesh.id}`, at: T0 }],
      events: [{ meshId: mesh.id, seq: 1, type: "peer_joined", data: "{}", at: T0 }],
    };
    await store.commit(batchOf({ ...background, messages: [message] }));
    await store.commit(batchOf(background));
    expect((await store.readLedger(message.id))?.deliveries).toEqual([
      { recipient: bob, steps: [{ state: "offered", reason: "push", at: T0 }] },
    ]);
    expect((await store.readEvents(mesh.id, 0, 10)).events).toHaveLength(1);
  });

  test("[PRES-1] keeps presences over a restart: the newest of an identity, none that was removed", async () => {
    const database = await context.harness.create();
    const meshId = meshRow().id;
    const kept = presenceRow(meshId, {
      detachedAt: T0 + 5,
      closedCleanly: true,
      attributes: '{"summary":"ü \\u0000"}',
    });
    const [replaced, removed] = [presenceRow(meshId), presenceRow(meshId)];
    const successor = presenceRow(meshId, {
      memberId: replaced.memberId,
      identity: replaced.identity,
      connectedAt: T0 + 9,
    });
    await database.store.commit(
      batchOf({ presences: [presenceRow(meshId, { ...kept, leaseUntil: T0 }), kept, replaced, removed] }),
    );
    await database.store.commit(
      batchOf({ presences: [successor, presenceRow(meshId, removed)], removedPresences: [replaced.id, removed.id] }),
    );
    const boot = await (await database.reopen()).loadBoot(T0);
    expect(boot.presences).toEqual([kept, successor]);
    await database.dispose();
  });

  test("[HELLO-6] keeps sessions over a restart, each as it was seen last", async () => {
    const database = await context.harness.create();
    const meshId = meshRow().id;
    const session = sessionRow(meshId);
    const seenLater = {
      ...session,
      proven: false,
      displayName: "alice 2",
      groups: [],
      features: [],
      lastSeenAt: T0 + 1,
    };
    const other = sessionRow(meshId, { lastSeenAt: T0 + 2 });
    await database.store.commit(batchOf({ sessions: [session, other, seenLater] }));
    expect((await (await database.reopen()).loadBoot(T0)).sessions).toEqual([seenLater, other]);
    await database.dispose();
  });

  test("[HELLO-4] remembers hellos over a restart", async () => {
    const database = await context.harness.create();
    await database.store.commit(
      batchOf({
        helloSeen: [
          { key: "seen", at: T0 },
          { key: "seen", at: T0 },
        ],
      }),
    );
    const store = await database.reopen();
    expect([await store.isHelloSeen("seen"), await store.isHelloSeen("unseen")]).toEqual([true, false]);
    await database.dispose();
  });

  test("[PEER-3] notes the last sign of life of a member and never an earlier one", async () => {
    const database = await context.harness.create();
    const mesh = meshRow();
    await database.store.createMesh(mesh);
    const { member } = await database.store.addMember(memberRow(mesh.id));
    await database.store.commit(
      batchOf({
        memberSeen: [
          { id: member.id, at: T0 + 9 },
          { id: member.id, at: T0 + 3 },
        ],
      }),
    );
    await database.store.commit(batchOf({ memberSeen: [{ id: member.id, at: T0 + 5 }] }));
    expect((await database.store.loadBoot(T0)).members).toEqual([{ ...member, lastSeenAt: T0 + 9 }]);
    await database.dispose();
  });

  test("[HTTP-17] never gives out a position or a recipient number again, also when everything that used it is gone", async () => {
    const database = await context.harness.create();
    const mesh = meshRow();
    await database.store.createMesh(mesh);
    const bob = recipientRow(mesh.id, { rid: 70_000 });
    await database.store.commit(
      batchOf({
        recipients: [bob],
        messages: [messageRow(mesh.id, 41, { recipients: [bob.rid] }), messageRow(mesh.id, 42)],
        steps: [stepRow(mesh.id, { rid: bob.rid, offsets: "41" })],
        events: [{ meshId: mesh.id, seq: 17, type: "peer_left", data: "{}", at: T0 }],
      }),
    );
    await database.store.settleMessages(mesh.id, [41, 42], T0);
    const limits = { now: T0 + 1e10, ledgerMs: 1, sessionMemoryMs: 1, replayMemoryMs: 1, memoryForgottenMs: 1 };
    await database.store.purge({ ...limits, messageLogMs: 1, eventsKeptMs: 1, eventsKept: 1, maxRows: 100 });
    const boot = await (await database.reopen()).loadBoot(T0);
    expect(boot.recipients).toEqual([]);
    expect([boot.lastMessageSeq.get(mesh.id), boot.lastEventSeq.get(mesh.id), boot.lastRid]).toEqual([42, 17, 70_000]);
    await database.dispose();
  });

  test("[PRES-5] keeps the heartbeat of a broker until it stops properly", async () => {
    const database = await context.harness.create();
    await database.store.heartbeat("broker-a", T0, "ws://a");
    await database.store.heartbeat("broker-a", T0 + 7, "ws://a");
    await database.store.heartbeat("broker-b", T0, "ws://b");
    await database.store.removeBroker("broker-b");
    const boot = await (await database.reopen()).loadBoot(T0);
    expect(boot.brokerHeartbeats).toEqual(new Map([["broker-a", T0 + 7]]));
    await database.dispose();
  });

  test("[SEND-10] stores free text that one engine could not hold the same way in both", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const bob = recipientRow(meshId, { name: "b\0b" });
    const message = messageRow(meshId, 1, {
      senderName: "a\ud800b",
      replyTo: "x\0y",
      subtype: "q",
      recipients: [bob.rid],
      logText: "t\0\udfff",
    });
    await store.commit(batchOf({ recipients: [bob], messages: [message] }));
    const ledger = await store.readLedger(message.id);
    expect(ledger?.message).toMatchObject({ senderName: "a\ufffdb", replyTo: "x\ufffdy" });
    expect(ledger?.deliveries[0]?.recipient.name).toBe("b\ufffdb");
    expect((await store.listLoggedMessages(meshId, undefined, 1))[0]?.text).toBe("t\ufffd\ufffd");
  });

  test("[DLV-2] an empty batch changes nothing and is no error", async () => {
    expect(await context.shared.store.commit(batchOf({}))).toEqual([]);
  });

  test("[DLV-2] a batch that cannot be written is not written in part", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const first = messageRow(meshId, 1);
    const sameId = messageRow(meshId, 2, { id: first.id });
    await expect(
      store.commit(batchOf({ messages: [first, sameId], helloSeen: [{ key: `partly ${meshId}`, at: T0 }] })),
    ).rejects.toThrow(/messages[._](id|pkey)|unique/i);
    expect(await store.loadUnsettled(meshId, 0, 10)).toEqual([]);
    expect(await store.isHelloSeen(`partly ${meshId}`)).toBe(false);
  });
}
