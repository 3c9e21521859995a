/**
 * The port of everything that is done to sessions: prompts, interruptions, kills, locks, compactions, permissions. It knows
 * the agents and the store; it knows nothing of sockets or frames. Requests are checked in the order of [PROMPT-1]; what is
 * refused raises RemoteError with the contract's text, a busy session raises SessionLockedError. Whatever happens to a run
 * is told to the listeners, in the order of [PROMPT-12] and [PROMPT-13], after it is durable.
 */
import type { Asker, PromptResult, PromptStatus } from "./prompt-outcome.ts";
import type {
  AcceptedPrompt,
  KnownPrompt,
  LockHolder,
  PromptSubmission,
  RemotePermissionMode,
} from "./run-requests.ts";
import type { SessionState } from "./session.ts";

export type { Asker, Cost, PromptResult, PromptStatus, Usage } from "./prompt-outcome.ts";

export interface RunDesk {
  /** Recovers what an earlier server left ([CRASH-3]), then takes requests. */
  start(): Promise<void>;
  /** No new runs; those under way have `drainMs` to end, then they are interrupted and their agents closed ([CONN-13]). */
  stop(drainMs: number): Promise<void>;

  /**
   * Allocates and records a session that nobody has prompted yet; no agent is started ([RES-2]). Absent agent: the default.
   * @throws RemoteError `Unknown agent: <name>`
   */
  createSession(request: {
    workingDirectory: string;
    agent?: string | undefined;
    asker: Asker;
  }): Promise<{ sessionId: string; agent: string }>;
  submitPrompt(submission: PromptSubmission): Promise<AcceptedPrompt | KnownPrompt>;
  /** @throws RemoteError `Prompt is not queued: <id>` */
  cancelPrompt(promptId: string): Promise<PromptStatus>;
  /** Resolves when the agent was asked; an idle session is no error. */
  interrupt(sessionId: string, runId?: string): Promise<void>;
  /** [LOCK-7]; listeners hear of it, also where nothing ran. @throws RemoteError `Failed to kill session: <reason>` */
  kill(request: { sessionId: string; runId?: string | undefined; keepQueue: boolean; asker: Asker }): Promise<void>;
  /** [LOCK-8] @throws SessionLockedError */
  unlock(request: {
    sessionId: string;
    runId?: string | undefined;
    force: boolean;
    asker: Asker;
  }): Promise<{ wasLocked: boolean; killedRunId?: string | undefined }>;
  /** Resolves when the lock is taken; the result comes by `onCompaction`. @throws SessionLockedError, RemoteError ([COMPACT-3]) */
  compact(request: { sessionId: string; instructions?: string | undefined; asker: Asker }): Promise<void>;
  /** @throws RemoteError `Mode not allowed: <mode>` */
  setPermissionMode(sessionId: string, mode: RemotePermissionMode, asker: Asker): Promise<void>;

  listPermissions(): readonly PendingPermission[];
  /** @throws RemoteError `Permission request not found: <id>` */
  findPermission(requestId: string): Promise<PendingPermission>;
  /** The resolution that stands, this one or an earlier one ([APPROVE-2]); listeners hear of the first only. */
  answerPermission(answer: {
    requestId: string;
    decision: "allow" | "deny";
    scope: "once" | "session";
    message?: string | undefined;
    /** Present: replaces the tool's input. */
    updatedInput?: Record<string, unknown> | undefined;
    asker: Asker;
  }): Promise<ResolvedPermission>;
  revokeGrant(sessionId: string, toolName: string, asker: Asker): Promise<void>;

  /** A title for a text by an agent, or the text itself cleaned; "" when nothing is left of it ([SESS-5]). */
  inferName(sessionId: string, text: string): Promise<string>;

  /** What it knows of a session beside the catalog. */
  status(sessionId: string): RunStatus;
  listen(listener: RunListener): () => void;
}

export interface RunStatus {
  readonly state: SessionState;
  readonly runId?: string | undefined;
  readonly isBusyElsewhere: boolean;
  readonly queuedPrompts: number;
  readonly permissionMode: RemotePermissionMode;
  readonly grantedTools: readonly string[];
  readonly totalCostUsd?: number | undefined;
  readonly retry?: RetryStatus | undefined;
}

export interface RetryStatus {
  readonly attempt: number | null;
  readonly maxAttempts: number | null;
  readonly delayMs: number | null;
  readonly status: number | null;
}

export interface PendingPermission {
  readonly requestId: string;
  readonly sessionId: string;
  readonly runId: string;
  readonly toolName: string;
  readonly input: unknown;
  readonly summary: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly replaces?: string | undefined;
}

export interface ResolvedPermission {
  readonly requestId: string;
  readonly sessionId: string;
  readonly decision: "allow" | "deny";
  readonly scope: "once" | "session";
  readonly by: { readonly deviceId: string; readonly deviceName: string } | null;
  readonly reason: "answered" | "expired" | "run_ended" | "server_restarted" | "granted";
  readonly at: number;
}

/** A busy session. The gateway answers `session_locked`. */
export class SessionLockedError extends Error {
  override readonly name = "SessionLockedError";
  readonly sessionId: string;
  readonly lock: LockHolder;

  constructor(sessionId: string, lock: LockHolder) {
    super("Session is currently processing a prompt. Please wait.");
    this.sessionId = sessionId;
    this.lock = lock;
  }
}

/** Must not throw. Called after what is told is durable. */
export interface RunListener {
  /** A prompt's state changed: it was queued, began, was steered, ended. */
  onPromptStatus?(status: PromptStatus, clientSessionId: string): void;
  /** Its outcome; already in the delivery queue of its client session ([RDLV-1]). `killed` comes after `onKilled`. */
  onResult?(result: PromptResult): void;
  /** [LOCK-7]: `clientSessionIds` are the asker's and, if a prompt was running, its client session. */
  onKilled?(sessionId: string, clientSessionIds: readonly string[]): void;
  onCompaction?(
    outcome:
      | { readonly ok: true; readonly preTokens?: number | undefined; readonly postTokens?: number | undefined }
      | { readonly ok: false; readonly error: string },
    sessionId: string,
    clientSessionId: string,
  ): void;
  onPermissionRequested?(request: PendingPermission): void;
  onPermissionResolved?(resolved: ResolvedPermission): void;
  /** Something of `status(sessionId)` changed. */
  onStatus?(sessionId: string): void;
}
