import type { MeshErrorDetail, Priority } from "@parlatory/protocol";

export interface SendInput {
  /** hex64, `@group`, `@all` or `*`. Names are resolved before, with `resolveTarget`. */
  targetSpec: string;
  text: string;
  priority?: Priority | undefined;
  replyTo?: string | undefined;
  /** Multicast only: also leave it for members without a live session. */
  includeOffline?: boolean | undefined;
  subtype?: string | undefined;
  /** Made by the client unless given: `^[A-Za-z0-9._:-]{1,128}$`. */
  clientMessageId?: string | undefined;
  /** Wait this long after the ack for every recipient to surface it. Default 0: do not wait. */
  settleMs?: number | undefined;
  /** Overrides `timing.connectWaitMs` for this send. */
  connectWaitMs?: number | undefined;
}

/** A message sealed by the caller, for the raw path. */
export interface SealedSend {
  targetSpec: string;
  nonce: string;
  ciphertext: string;
  enc?: "box" | "none" | "group_box" | undefined;
  priority?: Priority | undefined;
  clientMessageId?: string | undefined;
  replyTo?: string | undefined;
  sentAt?: string | undefined;
  sig?: string | undefined;
  includeOffline?: boolean | undefined;
}

/** Why an accepted message has not been seen by all its recipients ([MCP-6]). */
export type QueuedReason =
  | "not_yet_seen"
  | "recipient_working"
  | "recipient_dnd"
  | "pull_only"
  | "recipient_offline"
  | "backlog"
  | "partial"
  | "unconfirmed";

/** What became of a send ([MCP-6]). Never more than is known. */
export type SendResult = DeliveredResult | QueuedResult | RejectedResult;

interface Accepted {
  messageId: string;
  clientMessageId: string;
  /** Deliveries, and how many of them are `surfaced` or `replied`. */
  recipients: number;
  surfaced: number;
  /** The broker knew this `clientMessageId` already. */
  duplicate: boolean;
  /** False for a plaintext multicast. */
  encrypted: boolean;
}

/** Every recipient surfaced it (or replied) while we waited. */
export interface DeliveredResult extends Accepted {
  outcome: "delivered";
}

/**
 * Accepted and kept, not seen by all. `unconfirmed`: written, and no answer came; `messageId` is "" and `resending` tells
 * whether the identical frame goes out again after a reconnect; the end of it is reported as `lateResult`.
 */
export interface QueuedResult extends Accepted {
  outcome: "queued";
  reason: QueuedReason;
  resending: boolean;
}

/**
 * Not delivered, and will not be. `code`: one of [SEND-5]; `server_unreachable` (never written, and never sent later);
 * `undeliverable_key` (nothing can be encrypted to this key); or, when every recipient refused or lost it while we
 * waited, the reason of its delivery (`undecryptable`, `policy`, `cannot_decrypt`, `max_offers`, …).
 */
export interface RejectedResult {
  outcome: "rejected";
  code: string;
  message: string;
  retryable: boolean;
  detail: MeshErrorDetail;
  clientMessageId: string;
  /** Present when the broker had accepted it first. */
  messageId?: string | undefined;
  recipients?: number | undefined;
}
