import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresStore } from "../../../src/store/postgres/open-postgres-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { administer, startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import { delivery, outcomeOf, permissionRow, queueRequest, runRequest } from "../../support/remote-rows.ts";
import { T0 } from "../../support/store-rows.ts";

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

const FINISHED = 300;

interface Reads {
  /** Rows read by scanning the table from end to end, and rows fetched by an index. */
  scanned: number;
  fetched: number;
}

async function readsOf(url: string): Promise<Map<string, Reads>> {
  // The server adds up what a connection did when the connection ends.
  const { rows } = await administer(
    url,
    `SELECT relname AS name, seq_tup_read::int AS scanned, coalesce(idx_tup_fetch, 0)::int AS fetched
     FROM pg_stat_user_tables WHERE relname LIKE 'remote\\_%'`,
  );
  return new Map((rows as ({ name: string } & Reads)[]).map((row) => [row.name, row]));
}

async function reads(url: string, work: (store: Store) => Promise<void>): Promise<(table: string) => Reads> {
  const before = await readsOf(url);
  const store = await openPostgresStore({ url, durability: "normal", applicationName: "x" });
  await work(store);
  await store.close();
  const after = await readsOf(url);
  return (table) => ({
    scanned: (after.get(table)?.scanned ?? 0) - (before.get(table)?.scanned ?? 0),
    fetched: (after.get(table)?.fetched ?? 0) - (before.get(table)?.fetched ?? 0),
  });
}

test(
  "[DB-1] what is open is found without reading what is finished, also by plans that were made while the tables were empty",
  { timeout: 60_000 },
  async () => {
    const url = await server.createDatabase();
    const sessionId = randomUUID();
    const clientSessionId = randomUUID();
    const queue = { clientSessionId, now: T0, maxMessages: 1_000, maxAgeMs: 1e9, gapMessageId: randomUUID() };

    async function runOne(store: Store): Promise<void> {
      const request = runRequest(sessionId);
      const { promptId } = request.prompt;
      await store.acceptPrompt(request);
      await store.acceptPrompt(queueRequest(randomUUID()));
      expect(await store.listOpenPrompts(sessionId)).toHaveLength(1);
      await store.movePrompt({ promptId, from: ["accepted"], to: "handed" });
      const message = delivery(clientSessionId);
      await store.finishPrompt(outcomeOf(promptId, { releaseRunId: request.lease.runId, delivery: message }));
      expect(await store.listDeliveries(queue)).toHaveLength(1);
      expect(await store.acknowledgeDelivery(clientSessionId, message.messageId)).toBe(true);
      const question = permissionRow();
      await store.addPermission(question);
      expect(await store.listPendingPermissions()).toHaveLength(1);
      await store.resolvePermission(question.requestId, { decision: "deny", scope: "once", reason: "expired", at: T0 });
      await store.appendSessionEvents(sessionId, [{ id: promptId, recordJson: "{}" }]);
    }

    // All of it on the connections whose plans began with empty tables and statistics that know nothing.
    await reads(url, async (store) => {
      for (let n = 0; n < FINISHED; n++) await runOne(store);
    });
    const full = await reads(url, runOne);
    const tables = ["prompts", "prompt_requests", "leases", "permissions", "deliveries", "client_sessions"];
    expect(tables.filter((table) => full(`remote_${table}`).scanned > 0)).toEqual([]);
    // Some fetches for the rows at hand, and none for those of the past.
    expect(tables.filter((table) => full(`remote_${table}`).fetched > FINISHED / 10)).toEqual([]);
    expect(full("remote_session_events")).toEqual({ scanned: 0, fetched: 1 });
  },
);
