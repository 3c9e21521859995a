import type { MeshId } from "@parlatory/protocol";
import { instant, type Sql } from "../sql.ts";
import type { EventRow, LoggedMessageRow } from "../store.ts";

/** Events after a position, oldest first; `lastSeq` is the highest ever used, kept or not ([HTTP-17]). */
export async function readEvents(
  sql: Sql,
  meshId: MeshId,
  after: number,
  limit: number,
): Promise<{ events: EventRow[]; firstSeq: number; lastSeq: number }> {
  const first = await sql.first<{ seq: number }>("SELECT seq FROM events WHERE mesh_id = ? ORDER BY seq LIMIT 1", [
    meshId,
  ]);
  const events = await sql.all<EventRow>(
    `SELECT mesh_id AS "meshId", seq, type, data, at FROM events WHERE mesh_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
    [meshId, after, limit],
  );
  const last = await sql.first<{ seq: number }>("SELECT last_event_seq AS seq FROM mesh_positions WHERE mesh_id = ?", [
    meshId,
  ]);
  return { events, firstSeq: first?.seq ?? 0, lastSeq: last?.seq ?? 0 };
}

/** The readable log of plaintext multicasts, newest first ([HTTP-12]); an unknown `before` gives an empty page. */
export function listLoggedMessages(
  sql: Sql,
  meshId: MeshId,
  before: string | undefined,
  limit: number,
): Promise<LoggedMessageRow[]> {
  const columns = `id, sender_name AS "senderName", target_spec AS "targetSpec", kind, priority, text, created_at AS "createdAt"`;
  return before === undefined
    ? sql.all(`SELECT ${columns} FROM message_log WHERE mesh_id = ? ORDER BY seq DESC LIMIT ?`, [meshId, limit])
    : sql.all(
        `SELECT ${columns} FROM message_log WHERE mesh_id = ? AND seq < (SELECT seq FROM message_log WHERE mesh_id = ? AND id = ?)
         ORDER BY seq DESC LIMIT ?`,
        [meshId, meshId, before, limit],
      );
}

export async function heartbeat(sql: Sql, brokerId: string, now: number, url: string): Promise<void> {
  await sql.run(
    `INSERT INTO brokers (id, started_at, heartbeat_at, url) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, url = excluded.url`,
    [brokerId, instant(now), instant(now), url],
  );
}

export async function removeBroker(sql: Sql, brokerId: string): Promise<void> {
  await sql.run("DELETE FROM brokers WHERE id = ?", [brokerId]);
}

export async function isHelloSeen(sql: Sql, key: string): Promise<boolean> {
  return (await sql.first("SELECT 1 AS seen FROM hello_seen WHERE key = ?", [key])) !== undefined;
}
