import { storableText } from "../sql.ts";
import type { CommitBatch, NewMessage } from "../store.ts";

/** A batch on its way to the writer's thread, without the lists that are empty: most are, and each would be copied. */
export type SqliteBatch = Partial<Omit<CommitBatch, "messages">> & { messages?: readonly MessageValues[] };

export function toSqliteBatch({ messages, ...lists }: CommitBatch): SqliteBatch {
  const filled: SqliteBatch = Object.fromEntries(Object.entries(lists).filter(([, rows]) => rows.length > 0));
  if (messages.length > 0) filled.messages = messages.map(messageValues);
  return filled;
}

/**
 * A message as the values of its row, in the order of the columns of INSERT_MESSAGE, then nonce, ciphertext and the text
 * for the log. A list crosses to the worker's thread at a fraction of what an object costs, whose keys go along each time.
 */
export type MessageValues = readonly (string | number | null)[];

/** Places in `MessageValues` that the writer looks at itself. */
export const MESSAGE_VALUE = {
  meshId: 0,
  seq: 1,
  id: 2,
  senderMemberId: 3,
  senderName: 6,
  targetSpec: 7,
  kind: 8,
  priority: 9,
  createdAt: 13,
  clientMessageId: 17,
  nonce: 22,
  ciphertext: 23,
  logText: 24,
} as const;

/** The columns of the table come first, so that a slice of so many values is what is inserted. */
export const MESSAGE_COLUMNS = MESSAGE_VALUE.nonce;

function messageValues(message: NewMessage): MessageValues {
  return [
    message.meshId,
    message.seq,
    message.id,
    message.senderMemberId,
    message.senderMemberPubkey,
    message.senderPubkey,
    storableText(message.senderName),
    storableText(message.targetSpec),
    message.kind,
    message.priority,
    message.enc,
    message.sentAt,
    message.acceptedAt,
    message.createdAt,
    message.expiresAt,
    message.bytes,
    message.recipients.join(","),
    message.clientMessageId ?? null,
    message.fingerprint ?? null,
    storable(message.replyTo),
    storable(message.subtype),
    message.sig ?? null,
    message.nonce,
    message.ciphertext,
    storable(message.logText),
  ];
}

function storable(text: string | undefined): string | null {
  return text === undefined ? null : storableText(text);
}
