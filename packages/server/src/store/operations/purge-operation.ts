import type { MeshId } from "@parlatory/protocol";
import { instant, type Sql } from "../sql.ts";
import { LEDGER_BUCKET, type PurgeLimits } from "../store.ts";

/** Deletes what has passed its retention, at most `maxRows` rows of each kind; answers how many rows went. */
export async function purge(sql: Sql, limits: PurgeLimits): Promise<Record<string, number>> {
  const before = (ageMs: number) => instant(limits.now - ageMs);
  return {
    messages: await purgeMessages(sql, limits),
    ledgerSteps: await purgeLedgerSteps(sql, limits),
    loggedMessages: await sql.run(
      `DELETE FROM message_log WHERE (mesh_id, seq) IN
         (SELECT mesh_id, seq FROM message_log WHERE created_at < ? ORDER BY created_at LIMIT ?)`,
      [before(limits.messageLogMs), limits.maxRows],
    ),
    sessions: await sql.run(
      `DELETE FROM sessions WHERE (mesh_id, session_pubkey) IN
         (SELECT mesh_id, session_pubkey FROM sessions WHERE last_seen_at < ? LIMIT ?)`,
      [before(limits.sessionMemoryMs), limits.maxRows],
    ),
    helloSeen: await sql.run("DELETE FROM hello_seen WHERE key IN (SELECT key FROM hello_seen WHERE at < ? LIMIT ?)", [
      before(limits.replayMemoryMs),
      limits.maxRows,
    ]),
    memories: await sql.run(
      "DELETE FROM memories WHERE n IN (SELECT n FROM memories WHERE forgotten_at < ? ORDER BY forgotten_at LIMIT ?)",
      [before(limits.memoryForgottenMs), limits.maxRows],
    ),
    events: await purgeEvents(sql, limits),
  };
}

/** Metadata go `ledgerMs` after the last delivery settled ([DLV-14]). */
async function purgeMessages(sql: Sql, limits: PurgeLimits): Promise<number> {
  const due = await sql.all<{ meshId: MeshId; seq: number; settledAt: number }>(
    `SELECT mesh_id AS "meshId", seq, settled_at AS "settledAt" FROM settled_messages WHERE settled_at < ?
     ORDER BY settled_at, mesh_id, seq LIMIT ?`,
    [instant(limits.now - limits.ledgerMs), limits.maxRows],
  );
  let purged = 0;
  for (const [meshId, rows] of Map.groupBy(due, (row) => row.meshId)) {
    const seqs = rows.map(({ seq }) => seq);
    await sql.run("DELETE FROM messages WHERE mesh_id = ? AND seq = ANY(?)", [meshId, seqs]);
    purged += await sql.run("DELETE FROM settled_messages WHERE mesh_id = ? AND seq = ANY(?) AND settled_at <= ?", [
      meshId,
      seqs,
      instant(rows.at(-1)?.settledAt),
    ]);
  }
  return purged;
}

/**
 * A step says something about a whole bucket, and the messages of a bucket settle at very different times (one recipient
 * may stay away for a whole TTL). So a step goes only when no message of its bucket is left, whatever its own age; the age
 * only keeps young buckets from being looked at.
 */
async function purgeLedgerSteps(sql: Sql, limits: PurgeLimits): Promise<number> {
  const oldest = await sql.all<{ n: number; meshId: MeshId; bucket: number; at: number }>(
    `SELECT n, mesh_id AS "meshId", bucket, at FROM ledger_steps ORDER BY n LIMIT ?`,
    [limits.maxRows],
  );
  const old = oldest.filter(({ at }) => at < limits.now - limits.ledgerMs);
  const doomed: number[] = [];
  for (const steps of Map.groupBy(old, ({ meshId, bucket }) => `${meshId}/${bucket}`).values()) {
    const [{ meshId, bucket } = { meshId: undefined, bucket: 0 }] = steps;
    const kept = await sql.first("SELECT 1 AS kept FROM messages WHERE mesh_id = ? AND seq >= ? AND seq < ? LIMIT 1", [
      meshId,
      bucket * LEDGER_BUCKET,
      (bucket + 1) * LEDGER_BUCKET,
    ]);
    if (kept === undefined) doomed.push(...steps.map(({ n }) => n));
  }
  return doomed.length === 0 ? 0 : sql.run("DELETE FROM ledger_steps WHERE n = ANY(?)", [doomed]);
}

/** The oldest of each mesh, by age or number ([HTTP-17]); never one from the middle, because readers count on no gaps. */
async function purgeEvents(sql: Sql, limits: PurgeLimits): Promise<number> {
  const meshes = await sql.all<{ meshId: MeshId; lastSeq: number }>(
    `SELECT mesh_id AS "meshId", last_event_seq AS "lastSeq" FROM mesh_positions WHERE last_event_seq > 0 ORDER BY mesh_id`,
  );
  let left = limits.maxRows;
  for (const { meshId, lastSeq } of meshes) {
    if (left <= 0) break;
    const fresh = await sql.first<{ seq: number }>(
      "SELECT seq FROM events WHERE mesh_id = ? AND at >= ? ORDER BY seq LIMIT 1",
      [meshId, instant(limits.now - limits.eventsKeptMs)],
    );
    const keepFrom = Math.max(lastSeq - limits.eventsKept + 1, fresh?.seq ?? lastSeq + 1);
    left -= await sql.run(
      "DELETE FROM events WHERE mesh_id = ? AND seq IN (SELECT seq FROM events WHERE mesh_id = ? AND seq < ? ORDER BY seq LIMIT ?)",
      [meshId, meshId, keepFrom, left],
    );
  }
  return limits.maxRows - left;
}
