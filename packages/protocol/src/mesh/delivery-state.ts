/** Where one delivery stands (section 6, [DLV-1]). */
export const DELIVERY_STATES = [
  "accepted",
  "stored",
  "held",
  "offered",
  "surfaced",
  "replied",
  "expired",
  "refused",
  "dead",
] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Why a delivery is in its state; for `replied` the reason is the id of the reply. */
export type DeliveryReason =
  | "offline"
  | "reconnecting"
  | "gate_working"
  | "gate_dnd"
  | "pull_only"
  | "window_full"
  | "push"
  | "pull"
  | "redelivery"
  | "client_ack"
  | "legacy"
  | "ttl"
  | "mailbox_full"
  | "cannot_decrypt"
  | "undecryptable"
  | "policy"
  | "max_offers"
  | "recipient_revoked"
  | "mesh_archived"
  | "presence_ended";

const SETTLED: ReadonlySet<DeliveryState> = new Set(["surfaced", "replied", "expired", "refused", "dead"]);

export function isSettled(state: DeliveryState): boolean {
  return SETTLED.has(state);
}

/** The words of the older protocol ([DLV-16]). */
export function toLegacyStatus(state: DeliveryState): "delivered" | "held" | "disconnected" {
  if (state === "surfaced" || state === "replied") return "delivered";
  return state === "held" || state === "offered" ? "held" : "disconnected";
}

export interface DeliveryStep {
  state: DeliveryState;
  /** ISO-8601 UTC with milliseconds. */
  at: string;
  reason?: string | undefined;
}
