import type { AgentError, PermissionDenial, UsageSource } from "@parlatory/agents";
import type { TokenUsage } from "./conversation.ts";

export type TurnStopReason =
  | "completed"
  | "max_turns_reached"
  | "max_budget_reached"
  | "cancelled"
  | "timeout"
  | "failed";

/** How one turn ended [TURN-15]. */
export interface TurnResult {
  readonly prompt: string;
  readonly output: string;
  readonly stopReason: TurnStopReason;
  /** The engine took note of the cancel in time, made it itself, or was not called [CAN-4]. */
  readonly cancelObserved: boolean;
  readonly matchedCommands: readonly string[];
  readonly matchedTools: readonly string[];
  /** The next prompt may go to the same session [CAN-5]. */
  readonly sessionReusable: boolean;
  readonly permissionDenials: readonly PermissionDenial[];
  /** Totals of the session after the turn; zero in a result that no engine made. */
  readonly usage: TokenUsage;
  readonly durationMs: number;
  readonly agentStopReason: string | null;
  /** The engine finished after the run was stopped, and what it delivered was dropped [CAN-6]. */
  readonly lateResult: "discarded" | null;
  /** Set if and only if the stop reason is `failed`. */
  readonly error: AgentError | null;
  /** Where the figures of this turn came from; null when the engine gave none. */
  readonly usageSource: UsageSource | null;
}
