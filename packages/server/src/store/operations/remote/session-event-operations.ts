import type { Sql } from "../../sql.ts";
import type { SessionEventRow } from "../../remote-store.ts";

const EVENT_COLUMNS = `session_id AS "sessionId", seq, id, record_json AS "recordJson"`;

interface StoredSummary {
  sessionId: string;
  count: number;
  firstSeq: number;
  firstId: string;
  firstJson: string;
  lastSeq: number;
  lastId: string;
  lastJson: string;
}

/** Appends to one session go one after the other, so the numbers have no holes and follow the order of the commits. */
export async function appendSessionEvents(
  sql: Sql,
  sessionId: string,
  records: readonly { id: string; recordJson: string }[],
): Promise<SessionEventRow[]> {
  if (records.length === 0) return [];
  await sql.lock(`remote events ${sessionId}`);
  const last = await sql.first<{ seq: number }>(
    "SELECT seq FROM remote_session_events WHERE session_id = ? ORDER BY seq DESC LIMIT 1",
    [sessionId],
  );
  const added: SessionEventRow[] = [];
  for (const { id, recordJson } of records) {
    const seq = (last?.seq ?? 0) + added.length + 1;
    const inserted = await sql.run(
      `INSERT INTO remote_session_events (session_id, seq, id, record_json) VALUES (?, ?, ?, ?)
       ON CONFLICT (session_id, id) DO NOTHING`,
      [sessionId, seq, id, recordJson],
    );
    if (inserted === 1) added.push({ sessionId, seq, id, recordJson });
  }
  return added;
}

export function readSessionEvents(
  sql: Sql,
  sessionId: string,
  fromSeq: number,
  toSeq: number,
): Promise<SessionEventRow[]> {
  return sql.all(
    `SELECT ${EVENT_COLUMNS} FROM remote_session_events WHERE session_id = ? AND seq >= ? AND seq <= ? ORDER BY seq`,
    [sessionId, fromSeq, toSeq],
  );
}

export async function summarizeSessionEvents(
  sql: Sql,
): Promise<{ sessionId: string; count: number; first: SessionEventRow; last: SessionEventRow }[]> {
  const rows = await sql.all<StoredSummary>(
    `SELECT s.session_id AS "sessionId", s.events AS count, f.seq AS "firstSeq", f.id AS "firstId",
       f.record_json AS "firstJson", l.seq AS "lastSeq", l.id AS "lastId", l.record_json AS "lastJson"
     FROM (SELECT session_id, count(*) AS events, min(seq) AS low, max(seq) AS high FROM remote_session_events
       GROUP BY session_id) s
     JOIN remote_session_events f ON f.session_id = s.session_id AND f.seq = s.low
     JOIN remote_session_events l ON l.session_id = s.session_id AND l.seq = s.high
     ORDER BY s.session_id`,
  );
  return rows.map((row) => ({
    sessionId: row.sessionId,
    count: row.count,
    first: { sessionId: row.sessionId, seq: row.firstSeq, id: row.firstId, recordJson: row.firstJson },
    last: { sessionId: row.sessionId, seq: row.lastSeq, id: row.lastId, recordJson: row.lastJson },
  }));
}
