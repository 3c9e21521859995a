import type { CommitBatch, NewMessage } from "../store.ts";
import { eventRow, positionRows, presenceRow, recipientRow, sessionRow, stepRow } from "./commit-rows.ts";
import { MESSAGE_COLUMNS, messageArrays, messageValues } from "./message-columns.ts";

/** Some `WITH` items of the commit statement, their parameters numbered from 1. */
export interface CommitPart {
  name: string;
  text: string;
  values: readonly (string | number | null | Buffer)[];
  /** What the statement answers then: the originals of repeated sends. */
  answer?: string;
}

const at = (column: string) => `to_timestamp(${column} / 1000)`;

const RECIPIENTS = `recipients_written AS (
  INSERT INTO recipients (rid, mesh_id, kind, key, name)
  SELECT rid, mesh_id, kind, key, name FROM json_to_recordset($1::json) AS r (rid integer, mesh_id text, kind text, key text, name text)
  ON CONFLICT (rid) DO UPDATE SET mesh_id = excluded.mesh_id, kind = excluded.kind, key = excluded.key, name = excluded.name
), last_rid_written AS (
  INSERT INTO recipient_position (one, last_rid)
  SELECT 1, max(rid) FROM json_to_recordset($1::json) AS r (rid integer)
  ON CONFLICT (one) DO UPDATE SET last_rid = greatest(recipient_position.last_rid, excluded.last_rid)
)`;

/** Of the table `messages`; the others of the arrays go to the body and the log. */
const ROW_COLUMNS = MESSAGE_COLUMNS.filter(({ table }) => table === "messages")
  .map(({ name }) => name)
  .join(", ");
const BODY_COLUMNS = "mesh_id, seq, nonce, ciphertext";
const LOG_COLUMNS = "mesh_id, seq, id, sender_name, target_spec, kind, priority, text, created_at";
const LOG_VALUES = "mesh_id, seq, id, sender_name, target_spec, kind, priority, log_text, created_at";

const ORIGINALS =
  "SELECT place, original_id AS id, original_fingerprint AS fingerprint, original_recipients AS recipients FROM sent WHERE original_id IS NOT NULL";

// The originals of repeated sends are looked up by the index of (mesh, member, clientMessageId) in the same snapshot.
const MESSAGES = `sent AS MATERIALIZED (
  SELECT r.*, o.id AS original_id, o.fingerprint AS original_fingerprint, o.recipients AS original_recipients
  FROM unnest(${MESSAGE_COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(", ")})
    WITH ORDINALITY AS r (${MESSAGE_COLUMNS.map(({ name }) => name).join(", ")}, place)
  LEFT JOIN LATERAL (
    SELECT id, fingerprint, recipients FROM messages m WHERE m.mesh_id = r.mesh_id AND m.sender_member_id = r.sender_member_id
      AND m.client_message_id = r.client_message_id LIMIT 1
  ) o ON true
), messages_written AS (
  INSERT INTO messages (${ROW_COLUMNS}) SELECT ${ROW_COLUMNS} FROM sent WHERE original_id IS NULL
), bodies_written AS (
  INSERT INTO message_bodies (${BODY_COLUMNS}) SELECT ${BODY_COLUMNS} FROM sent WHERE original_id IS NULL
), log_written AS (
  INSERT INTO message_log (${LOG_COLUMNS}) SELECT ${LOG_VALUES} FROM sent WHERE original_id IS NULL AND log_text IS NOT NULL
)`;

/** The parameters of the only message of a batch for some columns. */
function valuesOf(columns: string): string {
  return columns
    .split(", ")
    .map((column) => {
      const index = MESSAGE_COLUMNS.findIndex(({ name }) => name === column);
      return `$${index + 1}::${MESSAGE_COLUMNS[index]?.type}`;
    })
    .join(", ");
}

// With one message, which is nearly every batch of a quiet mesh, the arrays and their join would be most of the server's
// work ([PERF-1]).
const ONE_MESSAGE = `original AS MATERIALIZED (
  SELECT id, fingerprint, recipients FROM messages
  WHERE (mesh_id, sender_member_id, client_message_id) = (${valuesOf("mesh_id, sender_member_id, client_message_id")}) LIMIT 1
), message_written AS (
  INSERT INTO messages (${ROW_COLUMNS}) SELECT ${valuesOf(ROW_COLUMNS)} WHERE NOT EXISTS (SELECT FROM original)
), body_written AS (
  INSERT INTO message_bodies (${BODY_COLUMNS}) SELECT ${valuesOf(BODY_COLUMNS)} WHERE NOT EXISTS (SELECT FROM original)
), log_written AS (
  INSERT INTO message_log (${LOG_COLUMNS}) SELECT ${valuesOf(LOG_VALUES)}
  WHERE ${valuesOf("log_text")} IS NOT NULL AND NOT EXISTS (SELECT FROM original)
)`;

const ORIGINAL = "SELECT 1 AS place, id, fingerprint, recipients FROM original";

const POSITIONS = `positions_written AS (
  INSERT INTO mesh_positions (mesh_id, last_message_seq, last_event_seq)
  SELECT mesh_id, message_seq, event_seq FROM json_to_recordset($1::json) AS r (mesh_id text, message_seq bigint, event_seq bigint)
  ON CONFLICT (mesh_id) DO UPDATE SET
    last_message_seq = greatest(mesh_positions.last_message_seq, excluded.last_message_seq),
    last_event_seq = greatest(mesh_positions.last_event_seq, excluded.last_event_seq)
)`;

const STEPS = `steps_written AS (
  INSERT INTO ledger_steps (mesh_id, rid, bucket, offsets, state, reason, at)
  SELECT mesh_id, rid, bucket, offsets, state, reason, ${at("at")} FROM json_to_recordset($1::json)
    AS r (mesh_id text, rid integer, bucket bigint, offsets text, state text, reason text, at float8)
)`;

const PRESENCES = `presences_written AS (
  INSERT INTO presences (mesh_id, member_id, identity, id, broker_id, attributes, connected_at, detached_at, closed_cleanly, lease_until)
  SELECT mesh_id, member_id, identity, id, broker_id, attributes, ${at("connected_at")}, ${at("detached_at")}, closed_cleanly,
    ${at("lease_until")}
  FROM json_to_recordset($1::json) AS r (mesh_id text, member_id text, identity text, id text, broker_id text, attributes text,
    connected_at float8, detached_at float8, closed_cleanly boolean, lease_until float8)
  ON CONFLICT (mesh_id, member_id, identity) DO UPDATE SET id = excluded.id, broker_id = excluded.broker_id,
    attributes = excluded.attributes, connected_at = excluded.connected_at, detached_at = excluded.detached_at,
    closed_cleanly = excluded.closed_cleanly, lease_until = excluded.lease_until
)`;

const SESSIONS = `sessions_written AS (
  INSERT INTO sessions (mesh_id, session_pubkey, member_id, proven, display_name, groups_json, features_json, last_seen_at)
  SELECT mesh_id, session_pubkey, member_id, proven, display_name, groups_json, features_json, ${at("last_seen_at")}
  FROM json_to_recordset($1::json) AS r (mesh_id text, session_pubkey text, member_id text, proven boolean, display_name text,
    groups_json text, features_json text, last_seen_at float8)
  ON CONFLICT (mesh_id, session_pubkey) DO UPDATE SET member_id = excluded.member_id, proven = excluded.proven,
    display_name = excluded.display_name, groups_json = excluded.groups_json, features_json = excluded.features_json,
    last_seen_at = excluded.last_seen_at
)`;

const HELLO_SEEN = `hellos_written AS (
  INSERT INTO hello_seen (key, at) SELECT key, ${at("at")} FROM json_to_recordset($1::json) AS r (key text, at float8)
  ON CONFLICT (key) DO UPDATE SET at = excluded.at
)`;

// The rows of a batch that was given up on come again, whether they were written or not.
const EVENTS = `events_written AS (
  INSERT INTO events (mesh_id, seq, type, data, at)
  SELECT mesh_id, seq, type, data, ${at("at")}
  FROM json_to_recordset($1::json) AS r (mesh_id text, seq bigint, type text, data text, at float8)
  ON CONFLICT DO NOTHING
)`;

const MEMBERS_SEEN = `members_seen AS (
  UPDATE members m SET last_seen_at = greatest(m.last_seen_at, ${at("r.at")})
  FROM json_to_recordset($1::json) AS r (id text, at float8) WHERE m.id = r.id
)`;

/** Rows that come few at a time, as JSON. */
interface JsonPart {
  name: string;
  text: string;
  rows: readonly object[];
}

/** The parts a batch needs; a statement may write a row once, so of rows with one key the last counts. */
export function commitParts(batch: CommitBatch, messages: readonly NewMessage[]): CommitPart[] {
  const removed = new Set(batch.removedPresences);
  const presences = batch.presences.filter(({ id }) => !removed.has(id));
  const parts: JsonPart[] = [
    { name: "recipients", text: RECIPIENTS, rows: lastOf(batch.recipients, ({ rid }) => rid).map(recipientRow) },
    { name: "positions", text: POSITIONS, rows: positionRows(batch) },
    { name: "steps", text: STEPS, rows: batch.steps.map(stepRow) },
    {
      name: "presences",
      text: PRESENCES,
      rows: lastOf(presences, (row) => `${row.meshId} ${row.memberId} ${row.identity}`).map(presenceRow),
    },
    {
      name: "sessions",
      text: SESSIONS,
      rows: lastOf(batch.sessions, (row) => `${row.meshId} ${row.sessionPubkey}`).map(sessionRow),
    },
    { name: "hellos", text: HELLO_SEEN, rows: lastOf(batch.helloSeen, ({ key }) => key) },
    { name: "events", text: EVENTS, rows: batch.events.map(eventRow) },
    {
      name: "members",
      text: MEMBERS_SEEN,
      rows: lastOf(
        batch.memberSeen.toSorted((a, b) => a.at - b.at),
        ({ id }) => id,
      ),
    },
  ];
  const filled = parts
    .filter(({ rows }) => rows.length > 0)
    .map(({ name, text, rows }): CommitPart => ({ name, text, values: [JSON.stringify(rows)] }));
  if (messages.length > 0) filled.push(messagesPart(messages));
  return filled;
}

function messagesPart(messages: readonly NewMessage[]): CommitPart {
  const [only, ...others] = messages;
  return only !== undefined && others.length === 0
    ? { name: "one_message", text: ONE_MESSAGE, values: messageValues(only), answer: ORIGINAL }
    : { name: "messages", text: MESSAGES, values: messageArrays(messages), answer: ORIGINALS };
}

function lastOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string | number): Row[] {
  return rows.length < 2 ? [...rows] : [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}
