import { usageObject } from "./stream-turn.ts";
import type { TurnResult } from "./turn-result.ts";

/** One turn in output, keys in their order [TURN-15]; bootstrap has the matches elsewhere. */
export function turnObject(result: TurnResult, { withMatches }: { readonly withMatches: boolean }) {
  return {
    prompt: result.prompt,
    output: result.output,
    stop_reason: result.stopReason,
    cancel_observed: result.cancelObserved,
    ...(withMatches ? { matched_commands: result.matchedCommands, matched_tools: result.matchedTools } : {}),
    session_reusable: result.sessionReusable,
    permission_denials: result.permissionDenials.map(({ toolName, reason }) => ({ tool_name: toolName, reason })),
    usage: usageObject(result.usage),
    duration_ms: result.durationMs,
    agent_stop_reason: result.agentStopReason,
    late_result: result.lateResult,
  };
}
