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
  /** Keeps files of its sessions that can be read; otherwise it gives `message` events ([AGENT-3] `files`). */
  readonly keepsFiles: boolean;
  readonly canInterrupt: boolean;
  /** `replayed`: a fresh session of the agent is primed with what was said before; the id stays ours ([AGENT-14]). */
  readonly resume: "full" | "replayed" | "none";
  /** A session may be resumed in another directory than its own. */
  readonly canResumeElsewhere: boolean;
  /** When a system prompt takes effect: on new sessions, on resumed ones too, or never. */
  readonly systemPrompt: "start" | "any" | "none";
  /** What the agent tells of money: of the run, a running total, or nothing ([PROMPT-16]). */
  readonly cost: "run" | "cumulative" | "none";
  /** Media types that a prompt may carry; `image/*` forms are not used. */
  readonly attachmentTypes: readonly string[];
  /** A refused permission ends the turn ([APPROVE-8]). */
  readonly rejectEndsTurn: boolean;
}

export type UsageSource = "words" | "agent" | "none";
