/**
 * The delivery queue of a client session ([RDLV-1] to [RDLV-5]). Its messages are rows; its gap is part of the client
 * session's row, which is also what everything that changes the queue locks first: so positions are given out in the order
 * of the commits, and nothing is dropped without being counted.
 */
import { instant, type Sql } from "../../sql.ts";
import type { DeliveryGap, DeliveryRow, NewDelivery } from "../../remote-store.ts";

export interface QueueBounds {
  now: number;
  maxMessages: number;
  maxAgeMs: number;
}

interface StoredGap {
  messageId: string | null;
  dropped: number;
  oldestAt: number | null;
  newestAt: number | null;
  reason: DeliveryGap["reason"] | null;
}

const GAP_COLUMNS = `gap_message_id AS "messageId", gap_dropped AS dropped, gap_oldest_at AS "oldestAt",
  gap_newest_at AS "newestAt", gap_reason AS reason`;

const NO_GAP = "gap_message_id = NULL, gap_dropped = 0, gap_oldest_at = NULL, gap_newest_at = NULL, gap_reason = NULL";

/** A client session that was forgotten meanwhile comes back for the message that it is still owed. */
export async function enqueueDelivery(sql: Sql, delivery: NewDelivery, queuedAt: number): Promise<void> {
  const owner = await sql.first<{ position: number }>(
    `INSERT INTO remote_client_sessions (id, last_used_at, last_position, gap_dropped) VALUES (?, ?, 1, 0)
     ON CONFLICT (id) DO UPDATE SET last_position = remote_client_sessions.last_position + 1
     RETURNING last_position AS position`,
    [delivery.clientSessionId, instant(queuedAt)],
  );
  await sql.run(
    `INSERT INTO remote_deliveries (client_session_id, position, message_id, document_json, queued_at)
     VALUES (?, ?, ?, ?, ?)`,
    [delivery.clientSessionId, owner?.position, delivery.messageId, delivery.documentJson, instant(queuedAt)],
  );
}

export async function listDeliveries(
  sql: Sql,
  request: QueueBounds & { clientSessionId: string; gapMessageId: string },
): Promise<DeliveryRow[]> {
  const { clientSessionId } = request;
  const { gap } = await trimQueue(sql, clientSessionId, request);
  const messages = await sql.all<Omit<DeliveryRow, "kind">>(
    `SELECT position, message_id AS "messageId", client_session_id AS "clientSessionId", document_json AS "documentJson",
       queued_at AS "queuedAt" FROM remote_deliveries WHERE client_session_id = ? ORDER BY position`,
    [clientSessionId],
  );
  const rows = messages.map((message): DeliveryRow => ({ ...message, kind: "response" }));
  if (gap === undefined) return rows;
  const messageId = gap.messageId ?? request.gapMessageId;
  if (gap.messageId === null) {
    await sql.run("UPDATE remote_client_sessions SET gap_message_id = ? WHERE id = ?", [messageId, clientSessionId]);
  }
  return [toGapRow(clientSessionId, messageId, gap, request.now), ...rows];
}

export async function acknowledgeDelivery(sql: Sql, clientSessionId: string, messageId: string): Promise<boolean> {
  const gaps = await sql.run(`UPDATE remote_client_sessions SET ${NO_GAP} WHERE id = ? AND gap_message_id = ?`, [
    clientSessionId,
    messageId,
  ]);
  if (gaps > 0) return true;
  const messages = await sql.run("DELETE FROM remote_deliveries WHERE message_id = ? AND client_session_id = ?", [
    messageId,
    clientSessionId,
  ]);
  return messages > 0;
}

/**
 * Drops what is over the bounds and adds it to the gap, which then has no message id until it is listed; answers the gap
 * as it stands, if there is one.
 */
export async function trimQueue(
  sql: Sql,
  clientSessionId: string,
  bounds: QueueBounds,
): Promise<{ dropped: number; gap: StoredGap | undefined }> {
  // Changes nothing, but keeps others from the queue until the end.
  const gap = await sql.first<StoredGap>(
    `UPDATE remote_client_sessions SET last_position = last_position WHERE id = ? RETURNING ${GAP_COLUMNS}`,
    [clientSessionId],
  );
  if (gap === undefined) return { dropped: 0, gap };
  const tooOld = await sql.all<{ at: number }>(
    "DELETE FROM remote_deliveries WHERE client_session_id = ? AND queued_at < ? RETURNING queued_at AS at",
    [clientSessionId, instant(bounds.now - bounds.maxAgeMs)],
  );
  const tooMany = await sql.all<{ at: number }>(
    `DELETE FROM remote_deliveries WHERE client_session_id = ? AND position <= (
       SELECT position FROM remote_deliveries WHERE client_session_id = ? ORDER BY position DESC LIMIT 1 OFFSET ?
     ) RETURNING queued_at AS at`,
    [clientSessionId, clientSessionId, bounds.maxMessages],
  );
  const dropped = [...tooOld, ...tooMany].map(({ at }) => at);
  if (dropped.length === 0) return { dropped: 0, gap: gap.dropped === 0 ? undefined : gap };
  const merged: StoredGap = {
    messageId: null,
    dropped: gap.dropped + dropped.length,
    oldestAt: dropped.reduce((a, b) => Math.min(a, b), gap.oldestAt ?? Number.POSITIVE_INFINITY),
    newestAt: dropped.reduce((a, b) => Math.max(a, b), gap.newestAt ?? Number.NEGATIVE_INFINITY),
    reason: tooMany.length > 0 ? "count" : "age",
  };
  await sql.run(
    `UPDATE remote_client_sessions SET gap_message_id = NULL, gap_dropped = ?, gap_oldest_at = ?, gap_newest_at = ?,
       gap_reason = ? WHERE id = ?`,
    [
      merged.dropped,
      instant(merged.oldestAt ?? undefined),
      instant(merged.newestAt ?? undefined),
      merged.reason ?? undefined,
      clientSessionId,
    ],
  );
  return { dropped: dropped.length, gap: merged };
}

function toGapRow(clientSessionId: string, messageId: string, gap: StoredGap, now: number): DeliveryRow {
  const document: DeliveryGap = {
    dropped: gap.dropped,
    oldestAt: gap.oldestAt ?? now,
    newestAt: gap.newestAt ?? now,
    reason: gap.reason ?? "count",
  };
  return {
    position: 0,
    messageId,
    clientSessionId,
    kind: "gap",
    documentJson: JSON.stringify(document),
    queuedAt: document.newestAt,
  };
}
