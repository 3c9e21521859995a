import type { MemberId, MeshId, MessageId } from "@parlatory/protocol";
import { StepIndex, bucketOf, type StoredStep } from "../ledger-offsets.ts";
import { dropNulls, type Sql } from "../sql.ts";
import type {
  DuplicateMessage,
  MessageBody,
  MessageLedger,
  MessageRow,
  RecipientRow,
  UnsettledMessage,
} from "../store.ts";

type StoredMessage = Omit<MessageRow, "recipients"> & { recipients: string };

const MESSAGE_COLUMNS = `m.id, m.mesh_id AS "meshId", m.seq, m.sender_member_id AS "senderMemberId",
  m.sender_member_pubkey AS "senderMemberPubkey", m.sender_pubkey AS "senderPubkey", m.sender_name AS "senderName",
  m.target_spec AS "targetSpec", m.kind, m.priority, m.enc, m.sent_at AS "sentAt", m.accepted_at AS "acceptedAt",
  m.created_at AS "createdAt", m.expires_at AS "expiresAt", m.bytes, m.recipients,
  m.client_message_id AS "clientMessageId", m.fingerprint, m.reply_to AS "replyTo", m.subtype, m.sig`;

export const RECIPIENT_COLUMNS = `rid, mesh_id AS "meshId", kind, key, name`;

/** Reads only what waits: a message is unsettled as long as its body is there ([PERF-6]). */
export async function loadUnsettled(
  sql: Sql,
  meshId: MeshId,
  afterSeq: number,
  limit: number,
): Promise<UnsettledMessage[]> {
  const rows = await sql.all<StoredMessage>(
    `SELECT ${MESSAGE_COLUMNS} FROM message_bodies b JOIN messages m ON m.mesh_id = b.mesh_id AND m.seq = b.seq
     WHERE b.mesh_id = ? AND b.seq > ? ORDER BY b.seq LIMIT ?`,
    [meshId, afterSeq, limit],
  );
  const messages = rows.map(toMessage);
  const steps = await readSteps(sql, messages);
  return messages.map((message) => ({
    message,
    deliveries: message.recipients.map((rid) => ({ rid, steps: steps.stepsOf(rid, message.seq) })),
  }));
}

export async function readLedger(sql: Sql, messageId: MessageId): Promise<MessageLedger | undefined> {
  const row = await sql.first<StoredMessage>(`SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.id = ?`, [messageId]);
  if (row === undefined) return undefined;
  const message = toMessage(row);
  const recipients = await sql.all<RecipientRow>(`SELECT ${RECIPIENT_COLUMNS} FROM recipients WHERE rid = ANY(?)`, [
    message.recipients,
  ]);
  const byRid = new Map(recipients.map((recipient) => [recipient.rid, recipient]));
  const steps = await readSteps(sql, [message]);
  const deliveries = message.recipients.flatMap((rid) => {
    const recipient = byRid.get(rid);
    return recipient === undefined ? [] : [{ recipient, steps: steps.stepsOf(rid, message.seq) }];
  });
  return { message, deliveries };
}

/** Bodies of unsettled messages; those of settled ones are gone ([DLV-14]). */
export async function readBodies(sql: Sql, meshId: MeshId, seqs: readonly number[]): Promise<Map<number, MessageBody>> {
  const rows = await sql.all<MessageBody & { seq: number }>(
    "SELECT seq, nonce, ciphertext FROM message_bodies WHERE mesh_id = ? AND seq = ANY(?)",
    [meshId, seqs],
  );
  return new Map(rows.map(({ seq, nonce, ciphertext }) => [seq, { nonce, ciphertext }]));
}

export interface StoredOriginal {
  id: MessageId;
  fingerprint: string | null;
  recipients: string;
}

export const FIND_ORIGINAL =
  "SELECT id, fingerprint, recipients FROM messages WHERE mesh_id = ? AND sender_member_id = ? AND client_message_id = ?";

/** What a member sent under this clientMessageId ([SEND-6]). */
export async function findDuplicate(
  sql: Sql,
  meshId: MeshId,
  memberId: MemberId,
  clientMessageId: string,
): Promise<DuplicateMessage["original"] | undefined> {
  const row = await sql.first<StoredOriginal>(FIND_ORIGINAL, [meshId, memberId, clientMessageId]);
  return row === undefined ? undefined : toOriginal(row);
}

export function toOriginal({ id, fingerprint, recipients }: StoredOriginal): DuplicateMessage["original"] {
  return { id, fingerprint: fingerprint ?? "", recipients: parseRecipients(recipients).length };
}

export function parseRecipients(text: string): number[] {
  return text === "" ? [] : text.split(",").map(Number);
}

async function readSteps(sql: Sql, messages: readonly MessageRow[]): Promise<StepIndex> {
  const rids = new Set(messages.flatMap(({ recipients }) => recipients));
  const buckets = new Set(messages.map(({ seq }) => bucketOf(seq)));
  if (rids.size === 0) return new StepIndex([]);
  const steps = await sql.all<StoredStep>(
    "SELECT rid, bucket, offsets, state, reason, at FROM ledger_steps WHERE rid = ANY(?) AND bucket = ANY(?) ORDER BY n",
    [[...rids], [...buckets]],
  );
  return new StepIndex(steps.map(dropNulls));
}

function toMessage(row: StoredMessage): MessageRow {
  return { ...dropNulls(row), recipients: parseRecipients(row.recipients) };
}
