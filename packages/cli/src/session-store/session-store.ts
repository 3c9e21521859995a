/**
 * Sessions as files of one directory [SES-1]. Every failure is a `CommandError` of a kind that [ERR-3] names for it. The
 * store knows nothing of engines, turns or envelopes.
 */
import type { SessionRecord } from "./session-record.ts";

export interface SessionStore {
  /** As the caller gave it; messages and paths in output show this form [SES-1]. */
  readonly directory: string;
  /** `directory` as given, joined with the file name of the session. */
  pathOf(id: string): string;
  /** Ids by code point; a directory that is not there is an empty list [SES-6]. Errors: `filesystem`. */
  list(): Promise<SessionListing>;
  /** Errors: `invalid_session_id`, `session_path_unsafe`, `session_not_found`, `session_load_failed`. */
  load(id: string): Promise<SessionRecord>;
  /** True when a file of that id is there, usable or not. Errors: `invalid_session_id`, `session_path_unsafe`, `filesystem`. */
  has(id: string): Promise<boolean>;
  /** Takes the writer's lock, waiting at most `timeoutMs` [SES-9]. Errors: `invalid_session_id`, `session_locked`, `filesystem`. */
  lock(id: string, options: LockOptions): Promise<SessionLock>;
  /** Errors: `invalid_session_id`, `session_path_unsafe`, `session_delete_failed`, `session_locked`. */
  delete(id: string, options: LockOptions): Promise<"deleted" | "not_found">;
}

export interface LockOptions {
  readonly timeoutMs: number;
  /** Ends the waiting early, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface SessionListing {
  readonly ids: readonly string[];
  /** Other entries ending `.json` [CMD-list-sessions-2]. */
  readonly ignoredEntries: number;
}

/** The right to write one session, from `lock` to `release`. */
export interface SessionLock {
  /** Atomic and durable [SES-8]. Errors: `session_path_unsafe`, `session_locked` (the lock was lost), `filesystem`. */
  save(record: SessionRecord): Promise<void>;
  /** Never fails; a second call does nothing. */
  release(): Promise<void>;
}
