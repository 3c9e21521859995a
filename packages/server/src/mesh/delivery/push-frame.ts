import type { PushFrame } from "@parlatory/protocol";
import type { MessageBody, MessageRow } from "../../store/store.ts";

/** The push of one message as text ([SEND-10]). `redelivery` is the number of earlier offers, absent on the first. */
export function encodePush(row: MessageRow, body: MessageBody, redelivery: number, isPulled: boolean): string {
  const frame: PushFrame = {
    type: "push",
    messageId: row.id,
    meshId: row.meshId,
    senderPubkey: row.senderPubkey,
    priority: row.priority,
    nonce: body.nonce,
    ciphertext: body.ciphertext,
    createdAt: new Date(row.createdAt).toISOString(),
    targetSpec: row.targetSpec,
    kind: row.kind,
    enc: row.enc,
    senderName: row.senderName,
    senderMemberPubkey: row.senderMemberPubkey,
    sentAt: row.sentAt,
  };
  if (row.replyTo !== undefined) frame.replyTo = row.replyTo;
  if (row.subtype !== undefined) frame.subtype = row.subtype;
  if (row.sig !== undefined) frame.sig = row.sig;
  if (row.clientMessageId !== undefined) frame.clientMessageId = row.clientMessageId;
  if (redelivery > 0) frame.redelivery = redelivery;
  if (isPulled) frame.pulled = true;
  return JSON.stringify(frame);
}
