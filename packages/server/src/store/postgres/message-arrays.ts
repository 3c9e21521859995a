import { storableText } from "../sql.ts";
import type { NewMessage } from "../store.ts";
import { instantArray, int4Array, int8Array, textArray } from "./binary-array.ts";

interface Column {
  name: string;
  type: "text" | "integer" | "bigint" | "timestamptz";
  /** Where the commit statement writes it. */
  table: "messages" | "message_bodies" | "message_log";
  toArray: (messages: readonly NewMessage[]) => Buffer;
}

/** What the commit statement is given of a message, in the order of its parameters. */
export const MESSAGE_COLUMNS: readonly Column[] = [
  text("mesh_id", ({ meshId }) => meshId),
  { ...inMessages("seq", "bigint"), toArray: (messages) => int8Array(messages.map(({ seq }) => seq)) },
  text("id", ({ id }) => id),
  text("sender_member_id", ({ senderMemberId }) => senderMemberId),
  text("sender_member_pubkey", ({ senderMemberPubkey }) => senderMemberPubkey),
  text("sender_pubkey", ({ senderPubkey }) => senderPubkey),
  text("sender_name", ({ senderName }) => storable(senderName)),
  text("target_spec", ({ targetSpec }) => storable(targetSpec)),
  text("kind", ({ kind }) => kind),
  text("priority", ({ priority }) => priority),
  text("enc", ({ enc }) => enc),
  text("sent_at", ({ sentAt }) => sentAt),
  instant("accepted_at", ({ acceptedAt }) => acceptedAt),
  instant("created_at", ({ createdAt }) => createdAt),
  instant("expires_at", ({ expiresAt }) => expiresAt),
  { ...inMessages("bytes", "integer"), toArray: (messages) => int4Array(messages.map(({ bytes }) => bytes)) },
  text("recipients", ({ recipients }) => recipients.join(",")),
  text("client_message_id", ({ clientMessageId }) => clientMessageId),
  text("fingerprint", ({ fingerprint }) => fingerprint),
  text("reply_to", ({ replyTo }) => storable(replyTo)),
  text("subtype", ({ subtype }) => storable(subtype)),
  text("sig", ({ sig }) => sig),
  { ...text("nonce", ({ nonce }) => nonce), table: "message_bodies" },
  { ...text("ciphertext", ({ ciphertext }) => ciphertext), table: "message_bodies" },
  { ...text("log_text", ({ logText }) => storable(logText)), table: "message_log" },
];

export function messageArrays(messages: readonly NewMessage[]): Buffer[] {
  return MESSAGE_COLUMNS.map(({ toArray }) => toArray(messages));
}

function text(name: string, valueOf: (message: NewMessage) => string | undefined): Column {
  return { ...inMessages(name, "text"), toArray: (messages) => textArray(messages.map(valueOf)) };
}

function instant(name: string, valueOf: (message: NewMessage) => number): Column {
  return { ...inMessages(name, "timestamptz"), toArray: (messages) => instantArray(messages.map(valueOf)) };
}

function inMessages<Type extends Column["type"]>(name: string, type: Type) {
  return { name, type, table: "messages" } as const;
}

function storable(value: string | undefined): string | undefined {
  return value === undefined ? undefined : storableText(value);
}
