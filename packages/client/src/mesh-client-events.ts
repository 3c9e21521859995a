import type { BrokerFrameByType, HelloAckFrame, PushFrame, ReceiptFrame } from "@parlatory/protocol";
import type { IncomingMessage } from "./receiving/incoming-message.ts";
import type { SendResult } from "./sending/send-result.ts";

/** What the broker said in `hello_ack` ([HELLO-7]). */
export interface ReadyInfo {
  presenceId: string;
  /** The effective name of this session. */
  displayName: string;
  /** The session key; the member key of a control presence. */
  pubkey: string;
  capabilities: readonly string[];
  memberRole: "admin" | "member";
  /** This hello re-attached a presence that was still there ([PRES-1]). */
  resumed: boolean;
  hookToken: string;
  /** What waits for this recipient. */
  mailbox: HelloAckFrame["mailbox"];
  policy: HelloAckFrame["meshPolicy"];
  meshSlug: string;
  /** Broker clock minus own clock in ms, as far as one exchange tells. */
  clockOffsetMs: number;
  /** From opening the socket to `hello_ack`, in ms. */
  connectMs: number;
}

/** Why a connection was lost, refused or never came to be. */
export interface ConnectionLoss {
  /** WebSocket close code; 1006 when there was no close frame. */
  closeCode: number;
  /** A code of the protocol when the broker gave one (`capacity`, `shutting_down`), else `server_unreachable`. */
  code: string;
  message: string;
}

export type EndReason =
  /** `close()` was called. */
  | { kind: "closed"; message: string }
  /** The broker refuses this member or key for good ([HELLO-9]). */
  | { kind: "refused"; code: string; message: string }
  /** The same session identity connected elsewhere; take a fresh session key before connecting again ([CRYPTO-4]). */
  | { kind: "session_replaced"; message: string }
  /** `reconnect: false` and the connection was lost, refused or never made. */
  | { kind: "lost"; code: string; message: string }
  /** The options cannot work: a key that is no key, crypto that does not load. */
  | { kind: "unusable"; code: "bad_key" | "crypto_unavailable"; message: string };

/** Where the connection stands. `ended` is final. */
export type ConnectionState =
  | { name: "idle" }
  | { name: "connecting"; attempt: number }
  | { name: "ready"; info: ReadyInfo }
  | { name: "waiting"; attempt: number; retryAtMs: number; loss: ConnectionLoss }
  | { name: "ended"; reason: EndReason };

export interface PeerEvent {
  event: "peer_joined" | "peer_left";
  peer: NonNullable<PushFrame["eventData"]>;
  at: string;
}

export type ClientWarning =
  /** Unreadable with every key we have; the broker was told `undecryptable` ([CRYPTO-3]). */
  | { kind: "undecryptable"; messageId: string; senderPubkey: string; senderName: string; reason: string }
  /** Ids could not be written; acknowledgements wait and are tried again ([DLV-4]). */
  | { kind: "received_ids_unwritable"; message: string }
  /** An error frame that answers no request of ours. */
  | { kind: "stray_error"; code: string; message: string };

/** What waits in the client's queues right now. */
export interface ClientLoad {
  /** Sends without a final answer. */
  outboxMessages: number;
  outboxBytes: number;
  /** Messages handed over and not yet surfaced and remembered. */
  heldMessages: number;
  /** Offers of this connection without an acknowledgement. */
  openOffers: number;
  pendingRequests: number;
}

export type StateChange = Omit<BrokerFrameByType["state_change"], "type">;

export interface MeshClientEvents {
  /** A message for the user or model; never the same one twice. */
  message: IncomingMessage;
  /** Somebody wrote or deleted a key of the shared state ([STATE-7]). */
  stateChange: StateChange;
  receipt: ReceiptFrame;
  peerEvent: PeerEvent;
  policy: { policies: Readonly<Record<string, unknown>> };
  /** Every accepted hello, also after a reconnect. */
  ready: ReadyInfo;
  /** A connection that was ready is gone, and another attempt follows; else see `ended`. */
  down: ConnectionLoss;
  ended: EndReason;
  /** Every change of the connection's state, those above included. */
  connection: ConnectionState;
  /** The final word on a send whose result was `unconfirmed`. */
  lateResult: SendResult;
  warning: ClientWarning;
}
