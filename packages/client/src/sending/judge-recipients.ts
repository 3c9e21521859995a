import type { AckFrame, MessageStatusResult } from "@parlatory/protocol";
import type { QueuedReason } from "./send-result.ts";

type Recipient = MessageStatusResult["recipients"][number];

/** What can be said of an accepted message from what is known of its recipients ([MCP-6]). */
export type Judgement =
  | { outcome: "delivered"; recipients: number; surfaced: number }
  | { outcome: "queued"; reason: QueuedReason; recipients: number; surfaced: number }
  /** Every delivery ended without being seen; `code` is the reason of the first. */
  | { outcome: "rejected"; code: string; recipients: number };

/** When nobody has it yet and reasons differ, the one closest to being seen is named. */
const REASONS: readonly QueuedReason[] = [
  "not_yet_seen",
  "recipient_working",
  "recipient_dnd",
  "pull_only",
  "backlog",
  "recipient_offline",
];

const REASON_OF_HELD: Readonly<Record<string, QueuedReason>> = {
  gate_working: "recipient_working",
  gate_dnd: "recipient_dnd",
  pull_only: "pull_only",
  window_full: "backlog",
};

/** Judges by the ledger. */
export function judgeByStatus({ recipients: rows }: Pick<MessageStatusResult, "recipients">): Judgement {
  const surfaced = rows.filter(({ state }) => state === "surfaced" || state === "replied").length;
  if (surfaced === rows.length && surfaced > 0) return { outcome: "delivered", recipients: rows.length, surfaced };
  if (surfaced > 0) return { outcome: "queued", reason: "partial", recipients: rows.length, surfaced };
  const reasons = new Set(rows.map(openReason));
  const reason = REASONS.find((one) => reasons.has(one));
  if (reason !== undefined) return { outcome: "queued", reason, recipients: rows.length, surfaced };
  const ended = rows[0];
  return { outcome: "rejected", code: ended?.reason ?? ended?.state ?? "not_found", recipients: rows.length };
}

function openReason({ state, reason }: Recipient): QueuedReason | undefined {
  if (state === "offered" || state === "accepted") return "not_yet_seen";
  if (state === "stored") return "recipient_offline";
  if (state === "held") return REASON_OF_HELD[reason ?? ""] ?? "backlog";
  return undefined;
}

/** Judges by the ack and the receipts seen since, where the ledger cannot be asked: never more than these say. */
export function judgeByAck(ack: AckFrame, surfaced: number): Judgement {
  const recipients = ack.recipients ?? 1;
  if (surfaced >= recipients && surfaced > 0) return { outcome: "delivered", recipients, surfaced };
  if (surfaced > 0) return { outcome: "queued", reason: "partial", recipients, surfaced };
  const { offering = 0, held = 0, stored = 0 } = ack.outcome ?? {};
  const isOffline = stored > 0 && offering + held === 0;
  return { outcome: "queued", reason: isOffline ? "recipient_offline" : "not_yet_seen", recipients, surfaced };
}
