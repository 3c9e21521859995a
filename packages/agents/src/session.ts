import type { AgentError } from "./agent-error.ts";
import type { AgentEvent, Compaction, PermissionDenial } from "./agent-event.ts";
import type { AgentCapabilities, PermissionMode, UsageSource } from "./capabilities.ts";

/**
 * A conversation with a running agent. At most one run at a time. Every method may be called in any state: after the end
 * of the agent a prompt gives a failed run, and `close` does nothing more.
 */
export interface AgentSession {
  /** The agent's own id of the conversation, to be stored for a resume; null while there is nothing to be resumed. */
  readonly agentSessionId: string | null;
  readonly capabilities: AgentCapabilities;
  /** The agent said that it waits for a prompt [CAN-5]. */
  readonly isIdle: boolean;
  /** Resolves when the agent is gone, whatever the reason. */
  readonly ended: Promise<void>;

  /** Gives the agent a prompt, verbatim [TURN-12]. Never throws: what goes wrong is in the result. */
  submit(request: PromptRequest): Run;
  /** Asks the agent to stop the running turn; true when it acknowledged, false when nothing runs or it did not. */
  interrupt(): Promise<boolean>;
  /** Gives a message to the running turn. */
  steer(message: SteerMessage): Promise<SteerOutcome>;
  /** True when the mode is in force from now on; absent where the agent cannot change it ([AGENT-1] `setMode`). */
  setPermissionMode?(mode: PermissionMode): Promise<boolean>;
  /** Answers a question; false when it is not open any more. */
  answerPermission(questionId: string, answer: PermissionAnswer): boolean;
  /** Has the agent summarise its older context. */
  compact?(request: Omit<PromptRequest, "prompt" | "routing"> & { readonly instructions?: string | undefined }): Run;
  /**
   * Ends the agent and every process it started, in other process groups too [CAN-3]: asks, after a part of `graceMs` sends
   * SIGTERM, after all of it SIGKILL. 0 kills at once. A run still open becomes `cancelled`.
   */
  close(options: { readonly graceMs: number }): Promise<void>;
}

export interface PromptRequest {
  readonly prompt: string;
  /** Where the agent can, a prompt of the same id is run once only. A UUID. */
  readonly messageUuid: string;
  /** Of the caller's run; comes back in the result, so that a late one can be told [CAN-6]. */
  readonly generation: number;
  /** Aborted: the agent is told to stop. */
  readonly signal?: AbortSignal | undefined;
  /** Only types that the capability `attachmentTypes` names. */
  readonly attachments?: readonly PromptAttachment[] | undefined;
  /** What the harness routed; only `echo` looks at it [TURN-8]. */
  readonly routing?: PromptRouting | undefined;
}

export interface PromptAttachment {
  readonly filename: string;
  readonly mediaType: string;
  /** Base64. */
  readonly content: string;
}

export interface PromptRouting {
  readonly matchedCommands: readonly string[];
  readonly matchedTools: readonly string[];
  readonly deniedTools: readonly PermissionDenial[];
}

export interface Run {
  /** In order, from the beginning, for one reader. Ends when the run is settled; leaving it early does not stop the run. */
  readonly events: AsyncIterable<AgentEvent>;
  /** Never rejects. */
  readonly result: Promise<RunResult>;
  /** Resolves when the agent acknowledged the cancel, and when the run is settled [CAN-4]. */
  readonly acknowledged: Promise<void>;
}

export interface RunResult {
  readonly generation: number;
  /** `cancelled` only when the agent stopped before its end: one that finished in spite of the cancel is `completed`. */
  readonly outcome: "completed" | "cancelled" | "failed";
  /** The final answer [TURN-12]. */
  readonly output: string;
  /** The agent's own word for why it stopped. */
  readonly agentStopReason: string | null;
  /** Set if and only if `outcome` is `failed`. */
  readonly error: AgentError | null;
  /** Of this run alone. */
  readonly usage: RunUsage;
  /** Of this run alone, in US dollars; null where the agent does not tell. */
  readonly cost: RunCost;
  readonly permissionDenials: readonly PermissionDenial[];
  readonly compactions: readonly Compaction[];
  /** The agent was seen idle after the run. */
  readonly isIdle: boolean;
  /** The next prompt may go to this session [CAN-5]. */
  readonly isReusable: boolean;
  /** The agent had this message already: nothing was run, and `output` is empty. */
  readonly isDuplicate: boolean;
}

export interface RunUsage {
  readonly source: UsageSource;
  /** Uncached input and cache writes [TURN-10]. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null when the agent does not tell. */
  readonly cacheReadTokens: number | null;
  /** Part of `inputTokens`; null when the agent does not tell. */
  readonly cacheWriteTokens: number | null;
}

export interface RunCost {
  readonly inputUsd: number | null;
  readonly outputUsd: number | null;
  readonly totalUsd: number | null;
}

export interface SteerMessage {
  readonly text: string;
  readonly messageUuid: string;
}

/**
 * `accepted`: the agent has it for the running turn, or as the next turn of this run. `idle`: nothing runs, submit it instead.
 * `unsupported`: submit it after the run.
 */
export type SteerOutcome = "accepted" | "idle" | "unsupported";

export type PermissionAnswer =
  | { readonly behavior: "allow"; readonly updatedInput?: unknown }
  | { readonly behavior: "deny"; readonly reason: string };
