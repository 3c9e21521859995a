import type { AgentInfo, Capability, GroupEntry, PushFrame } from "@parlatory/protocol";
import type { MeshCrypto } from "./crypto/open-crypto.ts";
import type { Logger } from "./logger.ts";
import type { Platform } from "./platform.ts";
import type { ReceivedIds } from "./receiving/received-ids.ts";

/** Membership of one mesh: an entry of `meshes` in the config file fits as it is. */
export interface MeshEntry {
  meshId: string;
  memberId: string;
  slug: string;
  /** The member key: hex64 and hex128. */
  pubkey: string;
  secretKey: string;
  /** ws or wss address with path. */
  brokerUrl: string;
  /** b64url; encrypted multicasts need one of 32 bytes. */
  rootKey?: string | undefined;
}

export interface SessionKeyPair {
  publicKey: string;
  secretKey: string;
}

export interface MeshClientOptions {
  mesh: MeshEntry;
  platform: Platform;
  /** `session` (default): a peer. `control`: a command or dashboard, not listed, without session key ([PRES-6]). */
  presence?: "session" | "control" | undefined;
  /** The session key; made fresh when absent. Not used by `control`. */
  sessionKey?: SessionKeyPair | undefined;
  displayName?: string | undefined;
  role?: string | undefined;
  /** Sent with every hello and kept up to date by `joinGroup` and `leaveGroup`, so they survive reconnects. */
  groups?: readonly GroupEntry[] | undefined;
  /**
   * Asked for in the hello. Default of a session: all but `echo_state`; of a control presence: `client_ack`, `pull`,
   * `receipts`. `group_box` is left out without a 32-byte root key, whatever is asked ([CRYPTO-6]).
   */
  capabilities?: readonly Capability[] | undefined;
  cwd?: string | undefined;
  pid?: number | undefined;
  parentPid?: number | undefined;
  claudeSessionId?: string | undefined;
  sessionId?: string | undefined;
  client?: { name: string; version: string } | undefined;
  agentInfo?: AgentInfo | undefined;
  /** Proposed token of this session's hooks; the one in force is in `ReadyInfo.hookToken`. */
  hookToken?: string | undefined;
  /** Ids handed over before, so that nothing is shown twice ([DLV-4]). Default: in memory only. */
  receivedIds?: ReceivedIds | undefined;
  receiving?: ReceivingOptions | undefined;
  sending?: SendingOptions | undefined;
  timing?: TimingOptions | undefined;
  /** `false`: the first lost or refused connection ends the client (one-shot commands). Default `true` ([HELLO-9]). */
  reconnect?: boolean | undefined;
  /** Loaded at the first connect unless given; give one to share it among many clients. */
  crypto?: MeshCrypto | undefined;
  logger?: Logger | undefined;
}

export interface ReceivingOptions {
  /**
   * When a message counts as `surfaced`. `manual` (default): when the owner calls `message.surfaced()`.
   * `automatic`: as soon as the listeners of `message` returned.
   */
  surface?: "manual" | "automatic" | undefined;
  /** Acknowledge `received` at once, which stops the redelivery timer. Default: true in `manual`, false in `automatic`. */
  acknowledgeReceived?: boolean | undefined;
  /** Least time between two batches of `surfaced` acknowledgements; default 20 ms, 0 = every tick. */
  ackIntervalMs?: number | undefined;
  /**
   * Raw path for load tests and bridges: gets each push that is no system push as it came. Nothing is decrypted, checked
   * or remembered; `automatic` still acknowledges, `manual` leaves it to `client.acknowledge(messageId)`.
   */
  onRawPush?: ((push: PushFrame) => void) | undefined;
}

export interface SendingOptions {
  /** Messages without an answer at most, default 10,000; the next one is rejected. */
  maxOutboxMessages?: number | undefined;
  /** Their encoded frames together at most, default 16 MiB. */
  maxOutboxBytes?: number | undefined;
  /** Fall back to plaintext where recipients lack encryption and the mesh allows it; default true ([CRYPTO-7]). */
  plaintextFallback?: boolean | undefined;
}

/** All in milliseconds. */
export interface TimingOptions {
  /** From opening the socket to `hello_ack`, default 10,000. */
  helloTimeoutMs?: number | undefined;
  /** How long a send or request waits for a connection before it fails as `server_unreachable`, default 5,000 ([MCP-4]). */
  connectWaitMs?: number | undefined;
  /** From writing a request to its reply, default 10,000. A send then answers `queued`, `unconfirmed`. */
  requestTimeoutMs?: number | undefined;
  /** How long an unanswered send is resent, from its first writing; default 600,000 ([MCP-6]). */
  resendForMs?: number | undefined;
  /** Default 30,000 ([WS-6]). */
  pingIntervalMs?: number | undefined;
  /** Default 75,000 ([WS-6]). */
  deadAfterMs?: number | undefined;
}
