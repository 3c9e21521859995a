import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresStore } from "../../../src/store/postgres/open-postgres-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { administer, startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import { T0, batchOf, meshRow, messageRow, recipientRow, stepRow } from "../../support/store-rows.ts";

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

const SETTLED = 6_000;
const BATCH = 200;

interface Reads {
  /** Rows read by scanning the table from end to end, and rows fetched by an index. */
  scanned: number;
  fetched: number;
}

async function readsOf(url: string, table: string): Promise<Reads> {
  // The server adds up what a connection did when the connection ends.
  const { rows } = await administer(
    url,
    "SELECT seq_tup_read AS scanned, coalesce(idx_tup_fetch, 0) AS fetched FROM pg_stat_user_tables WHERE relname = $1",
    [table],
  );
  const [row] = rows as { scanned: string; fetched: string }[];
  return { scanned: Number(row?.scanned ?? 0), fetched: Number(row?.fetched ?? 0) };
}

async function reads(url: string, work: (store: Store) => Promise<void>): Promise<{ messages: Reads; bodies: Reads }> {
  const before = [await readsOf(url, "messages"), await readsOf(url, "message_bodies")] as const;
  const store = await openPostgresStore({ url, durability: "normal", applicationName: "x" });
  await work(store);
  await store.close();
  const after = [await readsOf(url, "messages"), await readsOf(url, "message_bodies")] as const;
  const difference = (table: 0 | 1): Reads => ({
    scanned: after[table].scanned - before[table].scanned,
    fetched: after[table].fetched - before[table].fetched,
  });
  return { messages: difference(0), bodies: difference(1) };
}

test(
  "[PERF-6] [DB-1] the hot path reads no settled row, also by plans that were made while the tables were empty",
  { timeout: 60_000 },
  async () => {
    const url = await server.createDatabase();
    const { id: meshId } = meshRow();
    const bob = recipientRow(meshId);
    let seq = 0;

    async function sendAndSettle(store: Store): Promise<void> {
      const messages = Array.from({ length: BATCH }, () =>
        messageRow(meshId, ++seq, { recipients: [bob.rid], clientMessageId: `cm-${seq}` }),
      );
      await store.commit(
        batchOf({ messages, steps: [stepRow(meshId, { rid: bob.rid, bucket: Math.floor(seq / 256), offsets: "1" })] }),
      );
      const seqs = messages.map((message) => message.seq);
      expect((await store.readBodies(meshId, seqs)).size).toBe(BATCH);
      expect(await store.loadUnsettled(meshId, 0, 1_000)).toHaveLength(BATCH);
      await store.settleMessages(meshId, seqs, T0);
    }

    // All of it on the connections whose plans began with empty tables and statistics that know nothing.
    const growing = await reads(url, async (store) => {
      await store.commit(batchOf({ recipients: [bob] }));
      while (seq < SETTLED) await sendAndSettle(store);
    });
    const rounds = SETTLED / BATCH;
    expect(growing.messages.scanned).toBe(0);
    expect(growing.bodies.scanned).toBe(0);
    // Each message is fetched once, by loadUnsettled; each body by readBodies, loadUnsettled and the deletion.
    expect(growing.messages.fetched).toBeLessThanOrEqual(rounds * BATCH);
    expect(growing.bodies.fetched).toBeLessThanOrEqual(rounds * BATCH * 3);

    const full = await reads(url, sendAndSettle);
    expect(full.messages).toEqual({ scanned: 0, fetched: BATCH });
    expect(full.bodies.scanned).toBe(0);
  },
);
