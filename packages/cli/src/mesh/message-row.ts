import type { IncomingMessage } from "@parlatory/client";
import { escapeBody, escapeText } from "../output/escape.ts";
import type { Style } from "../output/style.ts";

export interface MessageRow {
  readonly id: string;
  readonly from_name: string;
  readonly from_key: string;
  readonly kind: "direct" | "group" | "broadcast" | "unverified";
  readonly unverified_reason: string | null;
  readonly encrypted: boolean;
  readonly signed: boolean;
  readonly target: string | null;
  readonly priority: string;
  readonly reply_to: string | null;
  readonly sent_at: string;
  readonly text: string;
}

export function toMessageRow(message: IncomingMessage): MessageRow {
  return {
    id: message.messageId,
    from_name: message.senderName,
    from_key: message.senderPubkey,
    kind: message.kind,
    unverified_reason: message.unverifiedReason ?? null,
    encrypted: message.encrypted,
    signed: message.signed,
    target: message.targetSpec ?? null,
    priority: message.priority,
    reply_to: message.replyTo ?? null,
    sent_at: message.sentAt,
    text: message.text,
  };
}

/** A heading with what is known about the sender, then the text, indented so that it cannot pass for a heading. */
export function renderMessage(message: MessageRow, style: Style): string[] {
  const doubts = [
    message.kind === "unverified" ? `unverified: ${message.unverified_reason ?? "unknown reason"}` : message.kind,
    ...(message.encrypted ? [] : ["not encrypted"]),
    ...(message.signed ? [] : ["unsigned"]),
    ...(message.priority === "next" ? [] : [message.priority]),
    ...(message.reply_to === null ? [] : [`reply to ${escapeText(message.reply_to)}`]),
  ];
  return [
    `${style.bold(escapeText(message.from_name))} ${message.from_key.slice(0, 12)}  ${escapeText(message.sent_at)}  ${doubts.join(", ")}  ${style.dim(escapeText(message.id))}`,
    ...escapeBody(message.text)
      .split("\n")
      .map((line) => `  ${line}`),
  ];
}
