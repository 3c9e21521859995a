import {
  WireError,
  isSettled,
  toLegacyStatus,
  type DeliveryState,
  type MeshId,
  type MessageId,
  type MessageStatusResult,
} from "@parlatory/protocol";
import type { MemberRow, MessageLedger, Store } from "../../store/store.ts";
import type { Presence } from "../presence.ts";
import { recipientPubkey } from "./settlement.ts";

export type MessageStatus = Omit<MessageStatusResult, "type" | "_reqId">;
type StatusRow = MessageStatus["recipients"][number];

export interface LedgerReader {
  store: Pick<Store, "readLedger">;
  /** Writes what is noted but not stored yet. */
  drain: () => Promise<void>;
}

/** The whole path of a message, or undefined when it is unknown, purged, or of another mesh ([MODEL-2], [DLV-14]). */
export async function readMessageStatus(
  reader: LedgerReader,
  meshId: MeshId,
  messageId: string,
): Promise<{ ledger: MessageLedger; status: MessageStatus } | undefined> {
  await reader.drain();
  const ledger = await reader.store.readLedger(messageId as MessageId);
  if (ledger === undefined || ledger.message.meshId !== meshId) return undefined;
  const { message } = ledger;
  const recipients = ledger.deliveries.map((delivery) => toStatusRow(delivery, message.acceptedAt));
  const delivered = recipients.every(({ state }) => state === "surfaced" || state === "replied");
  const surfacedAt = recipients.flatMap(({ path }) =>
    path.filter(({ state }) => state === "surfaced").map(({ at }) => at),
  );
  return {
    ledger,
    status: {
      messageId: message.id,
      targetSpec: message.targetSpec,
      kind: message.kind,
      priority: message.priority,
      delivered,
      deliveredAt: delivered ? (surfacedAt.sort().at(-1) ?? null) : null,
      recipients,
    },
  };
}

/** What this presence may see of a message: all rows, its own row, or nothing at all ([DLV-17]). Raises `not_found`. */
export async function readStatusFor(
  reader: LedgerReader,
  presence: Presence,
  member: MemberRow | undefined,
  messageId: string,
): Promise<MessageStatus> {
  const found = await readMessageStatus(reader, presence.meshId, messageId);
  if (found === undefined) {
    throw new WireError("not_found", "no message of this mesh has this id, or its record was purged");
  }
  const { ledger, status } = found;
  if (ledger.message.senderMemberId === presence.memberId || member?.role === "admin") return status;
  const own = status.recipients.filter((_, index) => {
    const recipient = ledger.deliveries[index]?.recipient;
    if (recipient === undefined) return false;
    if (recipient.kind === "presence") return recipient.key.startsWith(`${presence.id}/`);
    return recipient.key === presence.sessionPubkey || recipient.key === presence.memberPubkey;
  });
  if (own.length === 0) {
    throw new WireError("not_found", "no message of this mesh has this id, or its record was purged");
  }
  return { ...status, recipients: own };
}

function toStatusRow({ recipient, steps }: MessageLedger["deliveries"][number], acceptedAt: number): StatusRow {
  const path: StatusRow["path"] = [{ state: "accepted", at: new Date(acceptedAt).toISOString() }];
  let state: DeliveryState = "accepted";
  let reason: string | undefined;
  let offers = 0;
  for (const step of steps) {
    // A transaction that was written twice after an outage repeats its steps.
    const last = path.at(-1);
    const at = new Date(step.at).toISOString();
    if (last?.state === step.state && last.at === at && last.reason === step.reason) continue;
    if (isSettled(state) && !(state === "surfaced" && step.state === "replied")) continue;
    state = step.state;
    reason = step.reason;
    if (state === "offered") offers++;
    path.push({ state, at, ...(reason === undefined ? {} : { reason }) });
  }
  return {
    name: recipient.name,
    pubkey: recipientPubkey(recipient),
    status: toLegacyStatus(state),
    state,
    ...(reason === undefined ? {} : { reason }),
    offers,
    path,
  };
}
