import type { MessageId } from "@parlatory/protocol";
import { expect, test } from "vitest";
import type { CommitBatch, EventRow, PurgeLimits, Store } from "../../src/store/store.ts";
import {
  T0,
  batchOf,
  memoryRow,
  meshRow,
  messageRow,
  recipientRow,
  sessionRow,
  stepRow,
} from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

const DAY = 86_400_000;

function limitsAt(now: number, changes: Partial<PurgeLimits> = {}): PurgeLimits {
  return {
    now,
    ledgerMs: 7 * DAY,
    sessionMemoryMs: 7 * DAY,
    replayMemoryMs: 120_000,
    memoryForgottenMs: 30 * DAY,
    messageLogMs: 7 * DAY,
    eventsKeptMs: DAY,
    eventsKept: 100_000,
    maxRows: 1_000,
    ...changes,
  };
}

export function testPurge(context: ConformanceContext): void {
  async function withDatabase(
    work: (store: Store, meshId: ReturnType<typeof meshRow>["id"]) => Promise<void>,
  ): Promise<void> {
    const database = await context.harness.create();
    try {
      const mesh = meshRow();
      await database.store.createMesh(mesh);
      await work(database.store, mesh.id);
    } finally {
      await database.dispose();
    }
  }

  test("[DLV-14] metadata, path and clientMessageId stay for the ledger's time after settling, then are gone", () =>
    withDatabase(async (store, meshId) => {
      const bob = recipientRow(meshId);
      const message = messageRow(meshId, 1, { clientMessageId: "cm", fingerprint: "a", recipients: [bob.rid] });
      const waiting = messageRow(meshId, 300, { recipients: [bob.rid] });
      const steps = [
        stepRow(meshId, { rid: bob.rid, offsets: "1", state: "surfaced", reason: "client_ack" }),
        stepRow(meshId, { rid: bob.rid, bucket: 1, offsets: "44", state: "stored", reason: "offline" }),
      ];
      await store.commit(batchOf({ recipients: [bob], messages: [message, waiting], steps }));
      await store.settleMessages(meshId, [1], T0 + 5);

      expect(await store.purge(limitsAt(T0 + 5 + 7 * DAY))).toMatchObject({ messages: 0, ledgerSteps: 0 });
      expect((await store.readLedger(message.id))?.deliveries[0]?.steps).toHaveLength(1);
      expect(await store.findDuplicate(meshId, message.senderMemberId, "cm")).toMatchObject({ id: message.id });

      expect(await store.purge(limitsAt(T0 + 6 + 7 * DAY))).toMatchObject({ messages: 1, ledgerSteps: 1 });
      expect(await store.readLedger(message.id)).toBeUndefined();
      expect(await store.findDuplicate(meshId, message.senderMemberId, "cm")).toBeUndefined();
      // What is unsettled stays with its path however old it is.
      expect(await store.purge(limitsAt(T0 + 400 * DAY))).toMatchObject({ messages: 0, ledgerSteps: 0 });
      expect((await store.readLedger(waiting.id))?.deliveries[0]?.steps).toHaveLength(1);
    }));

  test("[DLV-16] no step of a message still shown goes, also when another of its bucket settles a whole TTL later", () =>
    withDatabase(async (store, meshId) => {
      const bob = recipientRow(meshId);
      const [early, late] = [
        messageRow(meshId, 1, { recipients: [bob.rid] }),
        messageRow(meshId, 2, { recipients: [bob.rid] }),
      ];
      const batch: Partial<CommitBatch> = { recipients: [bob], messages: [early, late] };
      await store.commit(batchOf({ ...batch, steps: [stepRow(meshId, { rid: bob.rid, offsets: "1-2" })] }));
      await store.settleMessages(meshId, [1], T0);
      const expiredAt = T0 + 7 * DAY;
      await store.commit(
        batchOf({
          steps: [stepRow(meshId, { rid: bob.rid, offsets: "2", state: "expired", reason: "ttl", at: expiredAt })],
        }),
      );
      await store.settleMessages(meshId, [2], expiredAt);

      await store.purge(limitsAt(expiredAt + 7 * DAY));
      expect(await store.readLedger(early.id)).toBeUndefined();
      expect((await store.readLedger(late.id))?.deliveries[0]?.steps.map(({ state }) => state)).toEqual([
        "accepted",
        "expired",
      ]);
      // The younger of the two steps is just old enough now, and the last message of the bucket with it.
      expect(await store.purge(limitsAt(expiredAt + 7 * DAY + 1))).toMatchObject({ messages: 1, ledgerSteps: 2 });
    }));

  test("[DLV-14] deletes in bounded chunks, oldest first, until nothing is left to delete", () =>
    withDatabase(async (store, meshId) => {
      const messages = Array.from({ length: 25 }, (_, index) => messageRow(meshId, index + 1));
      await store.commit(batchOf({ messages }));
      for (const { seq } of messages) await store.settleMessages(meshId, [seq], T0 + (seq % 5));
      const limits = limitsAt(T0 + 100 * DAY, { maxRows: 10 });
      expect((await store.purge(limits))["messages"]).toBe(10);
      const left = await Promise.all(
        messages.map(async ({ id, seq }) => ((await store.readLedger(id)) === undefined ? [] : [seq % 5])),
      );
      expect(new Set(left.flat())).toEqual(new Set([2, 3, 4]));
      expect((await store.purge(limits))["messages"]).toBe(10);
      expect((await store.purge(limits))["messages"]).toBe(5);
      expect((await store.purge(limits))["messages"]).toBe(0);
    }));

  test("[HELLO-6] [HELLO-4] forgets sessions and hellos after their time and not before", () =>
    withDatabase(async (store, meshId) => {
      const [old, recent] = [sessionRow(meshId), sessionRow(meshId, { lastSeenAt: T0 + 1 })];
      await store.commit(
        batchOf({
          sessions: [old, recent],
          helloSeen: [
            { key: "old", at: T0 },
            { key: "recent", at: T0 + 1 },
          ],
        }),
      );
      expect(await store.purge(limitsAt(T0 + 7 * DAY + 1, { replayMemoryMs: 7 * DAY }))).toMatchObject({
        sessions: 1,
        helloSeen: 1,
      });
      expect((await store.loadBoot(T0)).sessions).toEqual([recent]);
      expect([await store.isHelloSeen("old"), await store.isHelloSeen("recent")]).toEqual([false, true]);
    }));

  test("[MEM-5] deletes what was forgotten 30 days ago, and nothing that is remembered", () =>
    withDatabase(async (store, meshId) => {
      const [kept, forgotten] = [memoryRow(meshId, { content: "needle" }), memoryRow(meshId)];
      for (const memory of [kept, forgotten]) await store.addMemory(memory, 10);
      await store.forget({ meshId, idOrPrefix: forgotten.id, at: T0 });
      expect(await store.purge(limitsAt(T0 + 30 * DAY))).toMatchObject({ memories: 0 });
      expect(await store.purge(limitsAt(T0 + 30 * DAY + 1))).toMatchObject({ memories: 1 });
      expect((await store.listMemories({ meshId, limit: 5 })).memories).toEqual([kept]);
      expect(await store.recall({ meshId, query: "needle", tags: [], limit: 5 })).toHaveLength(1);
    }));

  test("[POL-5] deletes logged texts after their time", () =>
    withDatabase(async (store, meshId) => {
      const message = messageRow(meshId, 1, { logText: "text", createdAt: T0 });
      await store.commit(batchOf({ messages: [message] }));
      expect(await store.purge(limitsAt(T0 + 7 * DAY))).toMatchObject({ loggedMessages: 0 });
      expect(await store.purge(limitsAt(T0 + 7 * DAY + 1))).toMatchObject({ loggedMessages: 1 });
      expect(await store.listLoggedMessages(meshId, undefined, 5)).toEqual([]);
      expect(await store.readLedger(message.id as MessageId)).toBeDefined();
    }));

  test("[HTTP-17] keeps events by age and number, never leaving a gap, and tells the last position although its event is gone", () =>
    withDatabase(async (store, meshId) => {
      // The third is younger than those around it: a clock was set back.
      const ages = [0, 0, 9, 0, 5, 6, 7, 8];
      const events = ages.map((age, index): EventRow => ({
        meshId,
        seq: index + 1,
        type: "peer_joined",
        data: "{}",
        at: T0 + age,
      }));
      await store.commit(batchOf({ events }));
      const seqs = async () => (await store.readEvents(meshId, 0, 100)).events.map(({ seq }) => seq);
      expect(await store.purge(limitsAt(T0 + DAY + 1))).toMatchObject({ events: 2 });
      expect(await seqs()).toEqual([3, 4, 5, 6, 7, 8]);
      expect(await store.purge(limitsAt(T0, { eventsKept: 4 }))).toMatchObject({ events: 2 });
      expect(await seqs()).toEqual([5, 6, 7, 8]);
      expect(await store.purge(limitsAt(T0 + 9 * DAY, { maxRows: 3 }))).toMatchObject({ events: 3 });
      expect(await seqs()).toEqual([8]);
      await store.purge(limitsAt(T0 + 9 * DAY));
      expect(await store.readEvents(meshId, 0, 10)).toEqual({ events: [], firstSeq: 0, lastSeq: 8 });
    }));
}
