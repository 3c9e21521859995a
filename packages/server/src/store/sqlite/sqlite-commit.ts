import type { MessageId } from "@parlatory/protocol";
import { FIND_ORIGINAL, toOriginal, type StoredOriginal } from "../operations/ledger-operations.ts";
import { toRuns } from "../seq-runs.ts";
import { storableText } from "../sql.ts";
import type { DuplicateMessage } from "../store.ts";
import { MESSAGE_COLUMNS, MESSAGE_VALUE as AT, type MessageValues, type SqliteBatch } from "./sqlite-batch.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

const INSERT_MESSAGE = `INSERT INTO messages (mesh_id, seq, id, sender_member_id, sender_member_pubkey, sender_pubkey, sender_name,
    target_spec, kind, priority, enc, sent_at, accepted_at, created_at, expires_at, bytes, recipients,
    client_message_id, fingerprint, reply_to, subtype, sig)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (mesh_id, sender_member_id, client_message_id) WHERE client_message_id IS NOT NULL DO NOTHING`;

/** The hot path: everything of a batch in one transaction, row by row through prepared statements. */
export function commitBatch(connection: SqliteConnection, batch: SqliteBatch): DuplicateMessage[] {
  return connection.transaction(() => {
    discardMessages(connection, batch.discard ?? []);
    writeRecipients(connection, batch);
    const duplicates = writeMessages(connection, batch.messages ?? []);
    writeSteps(connection, batch);
    writePresences(connection, batch);
    writeSightings(connection, batch);
    writeEvents(connection, batch);
    return duplicates;
  });
}

/** Ends messages: the body goes, and with it the message from everything that serves delivery ([DLV-14]). */
export function settleMessages(
  connection: SqliteConnection,
  meshId: string,
  seqs: readonly number[],
  settledAt: number,
): void {
  const note = connection.prepare(
    `INSERT INTO settled_messages (settled_at, mesh_id, seq)
     SELECT ?, mesh_id, seq FROM message_bodies WHERE mesh_id = ? AND seq BETWEEN ? AND ?`,
  );
  const remove = connection.prepare("DELETE FROM message_bodies WHERE mesh_id = ? AND seq BETWEEN ? AND ?");
  connection.transaction(() => {
    for (const { first, last } of toRuns(seqs)) {
      note.run(settledAt, meshId, first, last);
      remove.run(meshId, first, last);
    }
  });
}

/** Takes back messages of a batch that was given up on; those it never wrote are not there to be deleted. */
function discardMessages(connection: SqliteConnection, ids: readonly MessageId[]): void {
  if (ids.length === 0) return;
  const remove = connection.prepare("DELETE FROM messages WHERE id = ? RETURNING mesh_id, seq");
  const removeBody = connection.prepare("DELETE FROM message_bodies WHERE mesh_id = ? AND seq = ?");
  const removeLog = connection.prepare("DELETE FROM message_log WHERE mesh_id = ? AND seq = ?");
  for (const id of ids) {
    const row = remove.get(id);
    if (row === undefined) continue;
    const { mesh_id: meshId = null, seq = null } = row;
    removeBody.run(meshId, seq);
    removeLog.run(meshId, seq);
  }
}

function writeRecipients(connection: SqliteConnection, { recipients = [] }: SqliteBatch): void {
  if (recipients.length === 0) return;
  const upsert = connection.prepare(
    `INSERT INTO recipients (rid, mesh_id, kind, key, name) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (rid) DO UPDATE SET mesh_id = excluded.mesh_id, kind = excluded.kind, key = excluded.key, name = excluded.name`,
  );
  let lastRid = 0;
  for (const { rid, meshId, kind, key, name } of recipients) {
    upsert.run(rid, meshId, kind, key, storableText(name));
    lastRid = Math.max(lastRid, rid);
  }
  connection
    .prepare(
      `INSERT INTO recipient_position (one, last_rid) VALUES (1, ?)
       ON CONFLICT (one) DO UPDATE SET last_rid = max(last_rid, excluded.last_rid)`,
    )
    .run(lastRid);
}

function writeMessages(connection: SqliteConnection, messages: readonly MessageValues[]): DuplicateMessage[] {
  if (messages.length === 0) return [];
  const insert = connection.prepare(INSERT_MESSAGE);
  const insertBody = connection.prepare(
    "INSERT INTO message_bodies (mesh_id, seq, nonce, ciphertext) VALUES (?, ?, ?, ?)",
  );
  const duplicates: DuplicateMessage[] = [];
  const positions = new Map<string, number>();
  for (const [index, values] of messages.entries()) {
    const meshId = values[AT.meshId] as string;
    const seq = values[AT.seq] as number;
    positions.set(meshId, Math.max(seq, positions.get(meshId) ?? 0));
    const { changes } = insert.run(...values.slice(0, MESSAGE_COLUMNS));
    if (changes === 0) {
      duplicates.push({ index, original: findOriginal(connection, values) });
      continue;
    }
    insertBody.run(meshId, seq, at(values, AT.nonce), at(values, AT.ciphertext));
    if (at(values, AT.logText) !== null) logMessage(connection, values);
  }
  for (const [meshId, seq] of positions) notePosition(connection, meshId, seq, 0);
  return duplicates;
}

function at(values: MessageValues, place: number): string | number | null {
  return values[place] ?? null;
}

function findOriginal(connection: SqliteConnection, values: MessageValues): DuplicateMessage["original"] {
  const row = connection
    .prepare(FIND_ORIGINAL)
    .get(at(values, AT.meshId), at(values, AT.senderMemberId), at(values, AT.clientMessageId));
  return toOriginal(row as unknown as StoredOriginal);
}

function logMessage(connection: SqliteConnection, values: MessageValues): void {
  const { meshId, seq, id, senderName, targetSpec, kind, priority, logText, createdAt } = AT;
  const places = [meshId, seq, id, senderName, targetSpec, kind, priority, logText, createdAt];
  connection
    .prepare(
      `INSERT INTO message_log (mesh_id, seq, id, sender_name, target_spec, kind, priority, text, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(...places.map((place) => at(values, place)));
}

function notePosition(connection: SqliteConnection, meshId: string, messageSeq: number, eventSeq: number): void {
  connection
    .prepare(
      `INSERT INTO mesh_positions (mesh_id, last_message_seq, last_event_seq) VALUES (?, ?, ?)
       ON CONFLICT (mesh_id) DO UPDATE SET last_message_seq = max(last_message_seq, excluded.last_message_seq),
         last_event_seq = max(last_event_seq, excluded.last_event_seq)`,
    )
    .run(meshId, messageSeq, eventSeq);
}

function writeSteps(connection: SqliteConnection, { steps = [] }: SqliteBatch): void {
  if (steps.length === 0) return;
  const insert = connection.prepare(
    "INSERT INTO ledger_steps (mesh_id, rid, bucket, offsets, state, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  for (const { meshId, rid, bucket, offsets, state, reason, at } of steps) {
    insert.run(meshId, rid, bucket, offsets, state, storable(reason), at);
  }
}

function writePresences(connection: SqliteConnection, { presences = [], removedPresences = [] }: SqliteBatch): void {
  if (presences.length > 0) {
    // A session that comes back under a new presence id takes the place of the old one, also before that is removed.
    const upsert = connection.prepare(
      `INSERT OR REPLACE INTO presences (id, mesh_id, member_id, identity, broker_id, attributes, connected_at, detached_at,
         closed_cleanly, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    for (const row of presences) {
      upsert.run(
        row.id,
        row.meshId,
        row.memberId,
        storableText(row.identity),
        row.brokerId,
        storableText(row.attributes),
        row.connectedAt,
        row.detachedAt ?? null,
        row.closedCleanly ? 1 : 0,
        row.leaseUntil,
      );
    }
  }
  if (removedPresences.length > 0) {
    const remove = connection.prepare("DELETE FROM presences WHERE id = ?");
    for (const id of removedPresences) remove.run(id);
  }
}

function writeSightings(
  connection: SqliteConnection,
  { sessions = [], helloSeen = [], memberSeen = [] }: SqliteBatch,
): void {
  if (sessions.length > 0) {
    const upsert = connection.prepare(
      `INSERT OR REPLACE INTO sessions (mesh_id, session_pubkey, member_id, proven, display_name, groups_json, features_json, last_seen_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    for (const row of sessions) {
      upsert.run(
        row.meshId,
        row.sessionPubkey,
        row.memberId,
        row.proven ? 1 : 0,
        storableText(row.displayName),
        JSON.stringify(row.groups),
        JSON.stringify(row.features),
        row.lastSeenAt,
      );
    }
  }
  if (helloSeen.length > 0) {
    const upsert = connection.prepare("INSERT OR REPLACE INTO hello_seen (key, at) VALUES (?, ?)");
    for (const { key, at } of helloSeen) upsert.run(key, at);
  }
  if (memberSeen.length > 0) {
    const note = connection.prepare("UPDATE members SET last_seen_at = max(last_seen_at, ?) WHERE id = ?");
    for (const { id, at } of memberSeen) note.run(at, id);
  }
}

function writeEvents(connection: SqliteConnection, { events = [] }: SqliteBatch): void {
  if (events.length === 0) return;
  // The rows of a batch that was given up on come again, whether they were written or not.
  const insert = connection.prepare(
    "INSERT INTO events (mesh_id, seq, type, data, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const positions = new Map<string, number>();
  for (const { meshId, seq, type, data, at } of events) {
    insert.run(meshId, seq, type, storableText(data), at);
    positions.set(meshId, Math.max(seq, positions.get(meshId) ?? 0));
  }
  for (const [meshId, seq] of positions) notePosition(connection, meshId, 0, seq);
}

function storable(text: string | undefined): string | null {
  return text === undefined ? null : storableText(text);
}
