/**
 * Which sessions take no input at the moment, as far as this client knows ([CLIENT-6]). Locked on sending, that session
 * only; unlocked by what says that no run of it is left. Live messages change nothing. It must not know sockets or prompts.
 */
import {
  parseUuid,
  type RemoteServerMessage,
  type RemoteServerMessageOf,
  type RemoteSessionState,
} from "@parlatory/protocol/remote";

export interface SessionLock {
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** The last time anything was heard of the session. */
  readonly heardMs: number;
  /** What the server said has the session, when it refused a prompt of ours. */
  readonly holder: RemoteServerMessageOf<"session_locked">["holder"] | undefined;
  readonly runId: string | undefined;
  /** How often something was sent while it was locked: what was asked before the last time says nothing about it. */
  readonly sends: number;
}

export interface SessionLocksOptions {
  readonly now: () => number;
  /** Silence about a locked session after which unlocking it by hand should be offered. */
  readonly stuckAfterMs: number;
  readonly changed: (sessionId: string, lock: SessionLock | undefined) => void;
}

const freeStates: ReadonlySet<RemoteSessionState> = new Set(["idle", "gone"]);

export class SessionLocks {
  readonly #options: SessionLocksOptions;
  readonly #locks = new Map<string, SessionLock>();

  constructor(options: SessionLocksOptions) {
    this.#options = options;
  }

  get(sessionId: string): SessionLock | undefined {
    return this.#locks.get(sessionId);
  }

  get lockedSessions(): readonly string[] {
    return [...this.#locks.keys()];
  }

  /** Nothing was heard of the locked session for long: offer `unlock_session` ([LOCK-8]). */
  looksStuck(sessionId: string): boolean {
    const lock = this.#locks.get(sessionId);
    return lock !== undefined && this.#options.now() - lock.heardMs >= this.#options.stuckAfterMs;
  }

  /** Something was sent that makes a run of the session. */
  lock(sessionId: string): void {
    const now = this.#options.now();
    const known = this.#locks.get(sessionId);
    this.#set(sessionId, {
      sinceMs: known?.sinceMs ?? now,
      heardMs: now,
      holder: known?.holder,
      runId: known?.runId,
      sends: (known?.sends ?? 0) + 1,
    });
  }

  /** What was sent did not come to a run. */
  release(sessionId: string): void {
    if (!this.#locks.delete(sessionId)) return;
    this.#options.changed(sessionId, undefined);
  }

  /** Every message of the server. */
  take(frame: RemoteServerMessage): void {
    switch (frame.type) {
      case "turn_complete":
      case "compaction_complete":
      case "compaction_error":
      case "session_killed":
      case "session_unlocked":
        return this.release(frame.session_id);
      case "error":
        // With an id in this place no run of that session is left ([CONN-12]).
        if (frame.session_id !== undefined) this.release(frame.session_id);
        return;
      case "session_locked": {
        const now = this.#options.now();
        const { sinceMs = now, sends = 0 } = this.#locks.get(frame.session_id) ?? {};
        this.#set(frame.session_id, { sinceMs, heardMs: now, holder: frame.holder, runId: frame.run_id, sends });
        return;
      }
      case "session_info":
        // Of a run that is not ours nobody need tell this client more than its state.
        if (this.#locks.get(frame.session.session_id)?.holder !== undefined) this.#takeState(frame.session);
        else this.#heard(frame.session.session_id);
        return;
      case "session_history":
      case "session_updated":
      case "prompt_status":
      case "permission_request":
        return this.#heard(frame.session_id);
      default:
    }
  }

  /** After a reconnect the listed state decides, because what would have unlocked may have been missed. */
  takeListed(session: ListedSession): void {
    if (this.#locks.has(session.session_id)) this.#takeState(session);
  }

  #takeState(session: ListedSession): void {
    if (freeStates.has(session.state) && !session.session_busy_elsewhere) this.release(session.session_id);
    else this.#heard(session.session_id);
  }

  #heard(sessionId: string): void {
    const lock = this.#locks.get(sessionId);
    // Not told: only the time changed, which is read when it is asked for.
    if (lock !== undefined) this.#locks.set(sessionId, { ...lock, heardMs: this.#options.now() });
  }

  #set(sessionId: string, lock: SessionLock): void {
    if (parseUuid(sessionId) === undefined) return;
    this.#locks.set(sessionId, lock);
    this.#options.changed(sessionId, lock);
  }
}

/** What lists and `session_info` say of a session. */
export interface ListedSession {
  readonly session_id: string;
  readonly state: RemoteSessionState;
  readonly session_busy_elsewhere: boolean;
}
