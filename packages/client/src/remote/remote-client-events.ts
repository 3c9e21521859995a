import type { RemoteServerMessageOf, RemoteServerMessageType } from "@parlatory/protocol/remote";
import type { RemoteAnswer } from "./delivery/remote-answer.ts";
import type { RemoteReplayGap } from "./delivery/deliveries.ts";
import type { HistoryChange } from "./history/session-follow.ts";
import type { RemoteRequestError } from "./requests/remote-request-error.ts";
import type { SessionLock } from "./sessions/session-locks.ts";

/** What the server said in `hello` and `connected` ([CONN-5]). */
export interface RemoteReadyInfo {
  readonly serverVersion: string;
  /** In force on this connection ([CONN-11]). */
  readonly capabilities: readonly string[];
  readonly deviceId: string;
  /** False: the server takes every key, because it was started without authentication ([AUTH-9]). */
  readonly hasAuthentication: boolean;
  readonly maxInboundBytes: number;
  readonly pushPublicKey: string | undefined;
}

/** Why a connection was lost, refused or never came to be. */
export interface RemoteLoss {
  /** WebSocket close code; 1006 when there was no close frame. */
  readonly closeCode: number;
  /** `shutting_down`, `too_many`, `not_connected`, a code of the protocol, else `server_unreachable`. */
  readonly code: string;
  readonly message: string;
}

export type RemoteEndReason =
  /** `close()` was called. */
  | { readonly kind: "closed"; readonly message: string }
  /** The key is missing, wrong or revoked, or the server refuses the `connect` for good ([AUTH-4], [AUTH-7]). */
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** `reconnect: false` and the connection was lost, refused or never made. */
  | { readonly kind: "lost"; readonly code: string; readonly message: string }
  /** What answers is no remote of a version this client knows. */
  | { readonly kind: "unusable"; readonly code: "unsupported"; readonly message: string };

/** Where the connection stands. `ended` is final. */
export type RemoteConnectionState =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly attempt: number }
  | { readonly name: "ready"; readonly info: RemoteReadyInfo }
  | { readonly name: "waiting"; readonly attempt: number; readonly retryAtMs: number; readonly loss: RemoteLoss }
  | { readonly name: "ended"; readonly reason: RemoteEndReason };

export type RemoteClientWarning =
  /** An answer could not be stored; it is not acknowledged and comes again with the next connection ([CLIENT-2]). */
  | { readonly kind: "answer_unstored"; readonly messageId: string; readonly cause: unknown }
  /** The store of prompts failed for a prompt that goes on all the same. */
  | { readonly kind: "prompt_unstored"; readonly promptId: string; readonly cause: unknown }
  /** A message that could not be taken; the connection goes on. */
  | { readonly kind: "bad_frame"; readonly cause: unknown };

/** Messages of the server by their `type`, as they came, after the client has taken them in. */
type RemoteMessageEvents = { [Type in RemoteServerMessageType]: RemoteServerMessageOf<Type> };

export interface RemoteClientEvents extends RemoteMessageEvents {
  /** The end of a prompt of this client session, once each, stored and never given again ([CLIENT-2]). */
  answer: RemoteAnswer;
  /** Answers that the server had to drop. */
  answersLost: RemoteReplayGap;
  /** The history of a followed session changed. */
  history: HistoryChange;
  /** What a followed session's history lacked is there, or cannot be had on this connection. */
  historySettled: { readonly sessionId: string };
  /** A followed session cannot be followed on this connection. */
  historyFailed: { readonly sessionId: string; readonly error: RemoteRequestError };
  /** A session's input was locked or unlocked ([CLIENT-6]). */
  lock: { readonly sessionId: string; readonly lock: SessionLock | undefined };
  /** Prompts without an outcome changed, or what stands for them in a session's timeline. */
  prompts: undefined;
  /** Pending permission requests changed. */
  permissions: undefined;
  /** The link is usable. */
  ready: RemoteReadyInfo;
  /** Everything that the server sends by itself after `connected` has come ([CONN-5]). */
  caughtUp: undefined;
  /** A connection that was ready is gone, and another attempt follows; else see `ended`. */
  down: RemoteLoss;
  ended: RemoteEndReason;
  /** Every change of the connection's state, those above included. */
  connection: RemoteConnectionState;
  warning: RemoteClientWarning;
}
