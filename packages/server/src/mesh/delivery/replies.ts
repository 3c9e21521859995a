import type { MeshId, MessageId } from "@parlatory/protocol";
import type { Clock } from "../../ports.ts";
import { hasCapability } from "../presence.ts";
import type { Presences } from "../presences.ts";
import { readMessageStatus, type LedgerReader } from "./ledger.ts";
import type { LedgerJournal } from "./ledger-journal.ts";
import { toReceipt } from "./settlement.ts";

interface ReplyPorts {
  ledger: LedgerReader;
  presences: Presences;
  journal: LedgerJournal;
  clock: Clock;
}

interface Reply {
  meshId: MeshId;
  /** Recipient numbers the replying session answers for. */
  own: ReadonlySet<number>;
  replyTo: string;
  replyId: MessageId;
}

/** Notes a reply to mail that had surfaced before ([DLV-1]: surfaced → replied), and tells its sender ([DLV-15]). */
export async function answerReply(ports: ReplyPorts, reply: Reply): Promise<void> {
  const found = await readMessageStatus(ports.ledger, reply.meshId, reply.replyTo);
  if (found === undefined) return;
  const { message, deliveries } = found.ledger;
  for (const [index, { recipient }] of deliveries.entries()) {
    if (!reply.own.has(recipient.rid) || found.status.recipients[index]?.state !== "surfaced") continue;
    const at = ports.clock.now();
    ports.journal.noteSingle(message.meshId, recipient.rid, message.seq, "replied", reply.replyId, at);
    const sender = ports.presences.bySessionKey(message.meshId, message.senderPubkey);
    if (sender?.connection === undefined || !sender.ready || !hasCapability(sender, "receipts")) continue;
    sender.connection.send(
      JSON.stringify(toReceipt(message.id, message.clientMessageId, recipient, "replied", reply.replyId, at)),
    );
  }
}
