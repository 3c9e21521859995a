import type { RemoteErrorCode } from "@parlatory/protocol/remote";

export type WorktreeErrorType = "validation_failed" | "git_failed" | "agent_failed" | "internal_failed";

export interface WorktreeErrorDetails {
  readonly step?: string | undefined;
  readonly stderr?: string | undefined;
  readonly branchName?: string | undefined;
  /** A name that is free. */
  readonly suggestion?: string | undefined;
  /** The worktree holds changes or commits and stays ([RES-2]). */
  readonly kept?: true | undefined;
}

/** A worktree that was not made, in the words of `worktree_session_error` ([RES-1], [RES-2]). */
export class WorktreeError extends Error {
  override readonly name = "WorktreeError";
  readonly errorType: WorktreeErrorType;
  readonly details: WorktreeErrorDetails | undefined;

  constructor(
    errorType: WorktreeErrorType,
    message: string,
    options: { details?: WorktreeErrorDetails | undefined; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.errorType = errorType;
    this.details = options.details;
  }
}

/** Failures of what follows the worktree that are the agent's and not ours. */
export const AGENT_FAILURES: ReadonlySet<RemoteErrorCode> = new Set(["agent_error", "agent_unavailable", "timeout"]);
