export const PERMISSION_MODES = ["default", "plan", "acceptEdits", "bypassPermissions"] as const;
export type PermissionMode = (typeof PERMISSION_MODES)[number];

export interface AgentCapabilities {
  /** A refused or cancelled prompt leaves no trace in the agent [TURN-1]. */
  readonly transactional: boolean;
  /** Where it runs: `inline` needs no termination; a `worker` is a thread, and no coding agent [TURN-1]. */
  readonly isolation: "inline" | "worker" | "process";
  /** Where its token figures come from [TURN-10]; null when only a run can tell. */
  readonly usageSource: UsageSource | null;
  /** The modes it can honour; null when only a started session can tell. */
  readonly permissionModes: readonly PermissionMode[] | null;
  readonly canChooseModel: boolean;
  readonly canResume: boolean;
  /** Takes a message into the running turn. */
  readonly canSteer: boolean;
  readonly canCompact: boolean;
  /** A prompt given twice with one message id runs once, over restarts too. */
  readonly dedupesPrompts: boolean;
}

export type UsageSource = "words" | "agent" | "none";
