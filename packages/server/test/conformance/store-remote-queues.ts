import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { DeliveryRow } from "../../src/store/remote-store.ts";
import { delivery, outcomeOf, queueRequest } from "../support/remote-rows.ts";
import { T0 } from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

export function testRemoteQueues(context: ConformanceContext): void {
  /** Ends a prompt, which is how messages come into a queue. */
  async function deliver(clientSessionId: string, queuedAt: number): Promise<string> {
    const { store } = context.shared;
    const request = queueRequest(randomUUID());
    const message = delivery(clientSessionId);
    await store.acceptPrompt(request);
    await store.finishPrompt(outcomeOf(request.prompt.promptId, { delivery: message, finishedAt: queuedAt }));
    return message.messageId;
  }

  function list(
    clientSessionId: string,
    bounds: { now?: number; maxMessages?: number; maxAgeMs?: number; gapMessageId?: string } = {},
  ): Promise<DeliveryRow[]> {
    return context.shared.store.listDeliveries({
      clientSessionId,
      now: T0 + 1_000,
      maxMessages: 1_000,
      maxAgeMs: 1_000_000,
      gapMessageId: randomUUID(),
      ...bounds,
    });
  }

  const idsOf = (rows: readonly DeliveryRow[]) => rows.map(({ messageId }) => messageId);

  test("[RDLV-7] [SESS-4] a client session keeps its session, directory and hidden set over restarts", async () => {
    const database = await context.harness.create();
    const id = "Anna's phone:1";
    expect(await database.store.openClientSession(id, T0)).toEqual({ row: { id, lastUsedAt: T0 }, hidden: [] });
    await database.store.updateClientSession(id, { directory: "/home/anna/shop" });
    await database.store.updateClientSession(id, { currentSessionId: "s-1" });
    await database.store.updateClientSession("nobody", { directory: "/" });
    for (const session of ["s-2", "s-1", "s-3", "s-2"]) await database.store.setHidden(id, session, true);
    await database.store.setHidden(id, "s-3", false);
    await database.store.setHidden(id, "s-9", false);
    await database.store.setHidden("other", "s-4", true);
    const reopened = await database.reopen();
    const known = { id, currentSessionId: "s-1", directory: "/home/anna/shop", lastUsedAt: T0 };
    expect(await reopened.findClientSession(id)).toEqual(known);
    expect(await reopened.findClientSession("nobody")).toBeUndefined();
    expect(await reopened.openClientSession(id, T0 + 7)).toEqual({
      row: { id, currentSessionId: "s-1", directory: "/home/anna/shop", lastUsedAt: T0 + 7 },
      hidden: ["s-1", "s-2"],
    });
    expect(await reopened.openClientSession("nobody", T0)).toEqual({
      row: { id: "nobody", lastUsedAt: T0 },
      hidden: [],
    });
    await database.dispose();
  });

  test("[RDLV-1] [RDLV-3] messages wait in the order they were queued, over a restart, whether or not anybody connected", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const client = randomUUID();
    const sent: string[] = [];
    for (let n = 0; n < 5; n++) {
      const request = queueRequest(randomUUID());
      await store.acceptPrompt(request);
      const message = delivery(client, { documentJson: JSON.stringify({ text: `\0 ${n}` }) });
      await store.finishPrompt(outcomeOf(request.prompt.promptId, { delivery: message, finishedAt: T0 - n }));
      sent.push(message.messageId);
    }
    const reopened = await database.reopen();
    const rows = await reopened.listDeliveries({
      clientSessionId: client,
      now: T0,
      maxMessages: 5,
      maxAgeMs: 4,
      gapMessageId: randomUUID(),
    });
    expect(idsOf(rows)).toEqual(sent);
    expect(rows.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
    expect(rows[3]).toMatchObject({
      documentJson: JSON.stringify({ text: "\0 3" }),
      queuedAt: T0 - 3,
      kind: "response",
    });
    await database.dispose();
  });

  test("[RDLV-1] messages queued at once have places of their own, and one acknowledged gives its place to nobody", async () => {
    const client = randomUUID();
    const sent = await Promise.all(Array.from({ length: 20 }, () => deliver(client, T0)));
    const rows = await list(client);
    expect(idsOf(rows).toSorted()).toEqual(sent.toSorted());
    expect(rows.map(({ position }) => position)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await context.shared.store.acknowledgeDelivery(client, rows[19]?.messageId ?? "");
    const next = await deliver(client, T0);
    expect((await list(client)).at(-1)).toMatchObject({ messageId: next, position: 21 });
  });

  test("[RDLV-2] a message leaves by an acknowledgement of its own client session, once", async () => {
    const { store } = context.shared;
    const [client, other] = [randomUUID(), randomUUID()];
    const [first, second] = [await deliver(client, T0), await deliver(client, T0)];
    expect(await store.acknowledgeDelivery(other, first)).toBe(false);
    expect(await store.acknowledgeDelivery(client, randomUUID())).toBe(false);
    expect(await store.acknowledgeDelivery(client, first)).toBe(true);
    expect(await store.acknowledgeDelivery(client, first)).toBe(false);
    expect(idsOf(await list(client))).toEqual([second]);
  });

  test("[RDLV-5] what is over the number leaves oldest first and is told by a gap before the rest", async () => {
    const { store } = context.shared;
    const client = randomUUID();
    const sent: string[] = [];
    for (let n = 0; n < 7; n++) sent.push(await deliver(client, T0 + n));
    const gapMessageId = randomUUID();
    const rows = await list(client, { maxMessages: 4, gapMessageId });
    expect(idsOf(rows)).toEqual([gapMessageId, ...sent.slice(3)]);
    expect(rows[0]).toEqual({
      position: 0,
      messageId: gapMessageId,
      clientSessionId: client,
      kind: "gap",
      documentJson: JSON.stringify({ dropped: 3, oldestAt: T0, newestAt: T0 + 2, reason: "count" }),
      queuedAt: T0 + 2,
    });
    // It waits like a message: under the same id until it is acknowledged.
    expect(await list(client, { maxMessages: 4 })).toEqual(rows);
    expect(await store.acknowledgeDelivery(randomUUID(), gapMessageId)).toBe(false);
    expect(await store.acknowledgeDelivery(client, gapMessageId)).toBe(true);
    expect(await store.acknowledgeDelivery(client, gapMessageId)).toBe(false);
    expect(idsOf(await list(client))).toEqual(sent.slice(3));
  });

  test("[RDLV-5] what is too old leaves; a later gap is merged with the one that waits, under a new id", async () => {
    const { store } = context.shared;
    const client = randomUUID();
    await deliver(client, T0);
    await deliver(client, T0 + 100);
    const [gap] = await list(client, { now: T0 + 150, maxAgeMs: 100 });
    expect(gap?.documentJson).toBe(JSON.stringify({ dropped: 1, oldestAt: T0, newestAt: T0, reason: "age" }));
    for (let n = 1; n <= 4; n++) await deliver(client, T0 + 100 + n);
    const rows = await list(client, { now: T0 + 202, maxAgeMs: 100, maxMessages: 2 });
    expect(rows[0]?.documentJson).toBe(
      JSON.stringify({ dropped: 4, oldestAt: T0, newestAt: T0 + 102, reason: "count" }),
    );
    expect(rows).toHaveLength(3);
    expect(rows[0]?.messageId).not.toBe(gap?.messageId);
    // The one that was merged says nothing about what was dropped since.
    expect(await store.acknowledgeDelivery(client, gap?.messageId ?? "")).toBe(false);
    expect((await list(client, { maxMessages: 2 }))[0]).toEqual(rows[0]);
  });

  test("[RDLV-5] nothing is lost or counted twice while messages come, are listed and acknowledged at once", async () => {
    const { store } = context.shared;
    const client = randomUUID();
    const received = new Set<string>();
    let dropped = 0;
    async function drain(maxMessages: number): Promise<void> {
      for (const row of await list(client, { maxMessages })) {
        if (!(await store.acknowledgeDelivery(client, row.messageId))) continue;
        if (row.kind === "gap") dropped += (JSON.parse(row.documentJson) as { dropped: number }).dropped;
        else received.add(row.messageId);
      }
    }
    const rounds = Array.from({ length: 6 }, async () => {
      await Promise.all(Array.from({ length: 8 }, () => deliver(client, T0)));
      await drain(5);
    });
    await Promise.all(rounds);
    await drain(5);
    expect(await list(client)).toEqual([]);
    expect(received.size + dropped).toBe(48);
  });

  test("[RDLV-6] a message that is owed brings a forgotten client session back", async () => {
    const { store } = context.shared;
    const client = randomUUID();
    await store.openClientSession(client, T0 - 10);
    const messageId = await deliver(client, T0);
    expect(idsOf(await list(client))).toEqual([messageId]);
    expect((await store.openClientSession(client, T0 + 1)).row).toEqual({ id: client, lastUsedAt: T0 + 1 });
    expect(await list(randomUUID())).toEqual([]);
  });
}
