import { storableText } from "../sql.ts";
import type { NewMessage } from "../store.ts";
import { instantArray, int4Array, int8Array, textArray } from "./binary-array.ts";

interface ColumnPlace {
  name: string;
  /** Where the commit statement writes it. */
  table: "messages" | "message_bodies" | "message_log";
}

/** Instants are milliseconds since the epoch of Unix. */
type Column = ColumnPlace &
  (
    | { type: "text"; read: (message: NewMessage) => string | undefined }
    | { type: "integer" | "bigint" | "timestamptz"; read: (message: NewMessage) => number }
  );

/** What the commit statement is given of a message, in the order of its parameters. */
export const MESSAGE_COLUMNS: readonly Column[] = [
  text("mesh_id", ({ meshId }) => meshId),
  number("seq", "bigint", ({ seq }) => seq),
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
  number("accepted_at", "timestamptz", ({ acceptedAt }) => acceptedAt),
  number("created_at", "timestamptz", ({ createdAt }) => createdAt),
  number("expires_at", "timestamptz", ({ expiresAt }) => expiresAt),
  number("bytes", "integer", ({ bytes }) => bytes),
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

/** An array of each column. */
export function messageArrays(messages: readonly NewMessage[]): Buffer[] {
  return MESSAGE_COLUMNS.map((column) => arrayOf(column, messages));
}

/** One message, a parameter of each column. */
export function messageValues(message: NewMessage): (string | number | null)[] {
  return MESSAGE_COLUMNS.map(({ type, read }) => {
    const value = read(message);
    if (value === undefined) return null;
    return type === "timestamptz" ? new Date(value).toISOString() : value;
  });
}

function arrayOf(column: Column, messages: readonly NewMessage[]): Buffer {
  switch (column.type) {
    case "text":
      return textArray(messages.map(column.read));
    case "integer":
      return int4Array(messages.map(column.read));
    case "bigint":
      return int8Array(messages.map(column.read));
    case "timestamptz":
      return instantArray(messages.map(column.read));
  }
}

function text(name: string, read: (message: NewMessage) => string | undefined): Column & { type: "text" } {
  return { name, type: "text", table: "messages", read };
}

function number<Type extends "integer" | "bigint" | "timestamptz">(
  name: string,
  type: Type,
  read: (message: NewMessage) => number,
): Column & { type: Type } {
  return { name, type, table: "messages", read };
}

function storable(value: string | undefined): string | undefined {
  return value === undefined ? undefined : storableText(value);
}
