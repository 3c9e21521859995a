import type { RemoteCapability } from "@parlatory/protocol/remote";
import type { Logger } from "../logger.ts";
import type { Platform } from "../platform.ts";
import type { ReceivedIds } from "../receiving/received-ids.ts";
import type { RemoteReplayGap } from "./delivery/deliveries.ts";
import type { RemoteAnswer } from "./delivery/remote-answer.ts";
import type { PromptStore } from "./prompts/prompt-store.ts";

export interface RemoteClientOptions {
  /** Any http or ws address of the server. */
  readonly url: string;
  /** Identity of this installation or window: owns the answers, the directory and what is hidden ([NAME-4]). */
  readonly clientSessionId: string;
  /** The main key or that of a paired device; sent in `connect` and nowhere else ([AUTH-1]). */
  readonly apiKey?: string | undefined;
  readonly platform: Platform;
  readonly deviceName?: string | undefined;
  /** Default: all but `blocks`. */
  readonly capabilities?: readonly RemoteCapability[] | undefined;
  /** 1 to 100, default 10. */
  readonly recentSessionsLimit?: number | undefined;
  /** The largest message this client takes, in KiB; default that of the server, 200 ([RLIM-1]). */
  readonly sizeKb?: number | undefined;
  /** Ids of answers that are stored, so that none is given twice ([CLIENT-2]). Default: in memory only. */
  readonly storedAnswerIds?: ReceivedIds | undefined;
  /** Resolves when `storedAnswerIds` knows what was kept; answers wait for it, nothing else does. Default: at once. */
  readonly storedAnswersKnown?: Promise<void> | undefined;
  /** Stores an answer; it is acknowledged when this has returned (or its promise is resolved). Default: nothing. */
  readonly storeAnswer?: ((answer: RemoteAnswer | RemoteReplayGap) => void | Promise<void>) | undefined;
  /** Prompts without an outcome ([CLIENT-5]). Default: in memory only. */
  readonly promptStore?: PromptStore | undefined;
  /** Prompts without an outcome at most; default 200. */
  readonly maxPrompts?: number | undefined;
  /** Messages kept of one followed session at most; default 20,000. */
  readonly maxMessages?: number | undefined;
  /** `false`: the first lost or refused connection ends the client (one-shot commands). Default `true`. */
  readonly reconnect?: boolean | undefined;
  readonly timing?: RemoteTimingOptions | undefined;
  readonly logger?: Logger | undefined;
}

/** All in milliseconds. */
export interface RemoteTimingOptions {
  /** From opening the socket to `connected`, default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a request waits for a connection before it fails as `server_unreachable`, default 5,000. */
  readonly connectWaitMs?: number | undefined;
  /** From writing a request to its answer, where none of its own is fixed; default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Default 25,000. */
  readonly pingIntervalMs?: number | undefined;
  /** Default 60,000. */
  readonly deadAfterMs?: number | undefined;
  /** Silence about a locked session after which unlocking it by hand should be offered; default 300,000 ([CLIENT-6]). */
  readonly stuckAfterMs?: number | undefined;
}
