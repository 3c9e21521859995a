/** What holds a session's lock on this server: a prompt's run, a compaction, a recovery. */
import type { LeaseKind } from "../../store/remote-store.ts";
import type { Asker, RetryStatus } from "../run-desk.ts";
import type { SessionState } from "../session.ts";

/** Why a run is to stop. Of several the strongest counts: they stand in rising order. */
export const STOP_REASONS = ["cancel", "shutdown", "interrupt", "timeout", "kill", "lease_lost"] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** Somebody killed the session ([LOCK-7]): what waits goes too, unless all who asked keep it. */
export interface KillRequest {
  readonly askers: readonly Asker[];
  readonly keepQueue: boolean;
}

export interface SessionWork {
  readonly kind: LeaseKind;
  readonly runId: string;
  readonly since: number;
  readonly state: SessionState;
  readonly retry?: RetryStatus | undefined;
  /** Of a prompt's run. */
  readonly promptId?: string | undefined;
  readonly clientSessionId?: string | undefined;
  /** It has the lock, and waits for its turn ([PROMPT-11]). */
  readonly isWaiting: boolean;
  /** Resolves when everything is told and the lock is free, or with the next run. */
  readonly ended: Promise<void>;
  /** Resolves when it was asked; `isForced`: one that does not obey in time is closed. */
  stop(reason: StopReason, options?: { readonly isForced?: boolean }): Promise<void>;
  kill(request: { readonly asker: Asker; readonly keepQueue: boolean }): void;
}
