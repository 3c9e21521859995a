import { storableText } from "../sql.ts";
import type { CommitBatch, EventRow, LedgerStepRow, PresenceRow, RecipientRow, SessionRow } from "../store.ts";

/** The highest positions each mesh has used in this batch. */
export function positionRows({ messages, events }: CommitBatch): object[] {
  const rows = new Map<string, { mesh_id: string; message_seq: number; event_seq: number }>();
  function rowOf(meshId: string) {
    const row = rows.get(meshId) ?? { mesh_id: meshId, message_seq: 0, event_seq: 0 };
    rows.set(meshId, row);
    return row;
  }
  for (const { meshId, seq } of messages) {
    const row = rowOf(meshId);
    row.message_seq = Math.max(row.message_seq, seq);
  }
  for (const { meshId, seq } of events) {
    const row = rowOf(meshId);
    row.event_seq = Math.max(row.event_seq, seq);
  }
  return [...rows.values()];
}

/** Rows of a batch by the column names of the commit statement; absent fields are left out and arrive as null. */
export function recipientRow({ rid, meshId, kind, key, name }: RecipientRow): object {
  return { rid, mesh_id: meshId, kind, key, name: storableText(name) };
}

export function stepRow({ meshId, rid, bucket, offsets, state, reason, at }: LedgerStepRow): object {
  return { mesh_id: meshId, rid, bucket, offsets, state, reason: storable(reason), at };
}

export function presenceRow(row: PresenceRow): object {
  return {
    mesh_id: row.meshId,
    member_id: row.memberId,
    identity: storableText(row.identity),
    id: row.id,
    broker_id: row.brokerId,
    attributes: storableText(row.attributes),
    connected_at: row.connectedAt,
    detached_at: row.detachedAt,
    closed_cleanly: row.closedCleanly,
    lease_until: row.leaseUntil,
  };
}

export function sessionRow(row: SessionRow): object {
  return {
    mesh_id: row.meshId,
    session_pubkey: row.sessionPubkey,
    member_id: row.memberId,
    proven: row.proven,
    display_name: storableText(row.displayName),
    groups_json: JSON.stringify(row.groups),
    features_json: JSON.stringify(row.features),
    last_seen_at: row.lastSeenAt,
  };
}

export function eventRow({ meshId, seq, type, data, at }: EventRow): object {
  return { mesh_id: meshId, seq, type, data: storableText(data), at };
}

function storable(text: string | undefined): string | undefined {
  return text === undefined ? undefined : storableText(text);
}
