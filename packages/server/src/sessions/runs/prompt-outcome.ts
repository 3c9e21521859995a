/** How a prompt ended, as the one document that is kept and told ([PROMPT-13], [PROMPT-15], [PROMPT-16]). Pure. */
import { AgentError, type RunCost, type RunResult, type RunUsage } from "@parlatory/agents";
import type { RemoteErrorCode } from "@parlatory/protocol/remote";
import { StoreUnavailableError } from "../../store/store.ts";
import type { PromptOutcome, PromptRow } from "../../store/remote-store.ts";
import type { TurnAnswer } from "../catalog.ts";
import type { Cost, PromptResult, Usage } from "../run-desk.ts";
import type { RunEnd } from "./agent-run.ts";
import type { StopReason } from "./session-work.ts";

/** What the outcome adds to what the prompt is. */
export type Ending = Pick<
  PromptResult,
  "ending" | "success" | "text" | "error" | "code" | "aborted" | "usage" | "cost"
>;

export interface EndingFacts {
  readonly agent: string;
  readonly sessionId: string;
  readonly limitMs: number;
}

const stateOf = {
  success: "succeeded",
  error: "failed",
  interrupted: "interrupted",
  killed: "killed",
  cancelled: "cancelled",
  lost: "lost",
} as const satisfies Record<PromptResult["ending"], PromptOutcome["state"]>;

export function toOutcomeState(ending: PromptResult["ending"]): PromptOutcome["state"] {
  return stateOf[ending];
}

export function toPromptResult(
  prompt: Pick<PromptRow, "promptId" | "sessionId" | "clientSessionId">,
  ending: Ending,
  at: {
    readonly messageId: string;
    readonly runId: string | null;
    readonly finishedAt: number;
    readonly mergedPromptIds?: readonly string[] | undefined;
  },
): PromptResult {
  const { mergedPromptIds = [], ...rest } = at;
  return {
    promptId: prompt.promptId,
    sessionId: prompt.sessionId,
    clientSessionId: prompt.clientSessionId,
    ...ending,
    ...rest,
    ...(mergedPromptIds.length === 0 ? {} : { mergedPromptIds }),
  };
}

export function toEnding(end: RunEnd, facts: EndingFacts): Ending {
  if (end.kind === "unstarted") {
    return end.stop === undefined ? unstarted(end.error, facts) : stopped(end.stop, "", facts);
  }
  const { result, stop } = end;
  const told = { ...usageOf(result), ...costOf(result) };
  if (result.outcome === "completed") return { ending: "success", success: true, text: result.output, ...told };
  if (stop !== undefined) return { ...stopped(stop, result.output, facts), ...told };
  if (result.permissionDenials.length > 0 && result.outcome === "cancelled") {
    return { ...endedByDenial(result), ...told };
  }
  if (result.outcome === "cancelled") return { ...stopped("interrupt", result.output, facts), ...told };
  const reason = result.error?.message ?? "it gave no reason";
  return { ...failed("agent_error", `Agent returned error: ${reason}`, result.output), ...told };
}

/** The agent has the prompt from before a restart: its own record tells how the turn went ([CRASH-3]). */
export function toRecordedEnding(answer: TurnAnswer | undefined): Ending {
  if (answer?.isFinished !== true) return lost();
  return { ending: "success", success: true, text: answer.text, ...(answer.usage && { usage: answer.usage }) };
}

export function lost(): Ending {
  const error = "Server restarted before the prompt finished";
  return { ending: "lost", success: false, text: "", error, code: "server_restarted" };
}

export function cancelled(): Ending {
  return { ending: "cancelled", success: false, text: "", error: "Cancelled", code: "cancelled" };
}

/** @param text what was answered so far */
function stopped(stop: StopReason, text: string, facts: EndingFacts): Ending {
  switch (stop) {
    case "cancel":
      return cancelled();
    case "shutdown":
    case "interrupt":
      return { ending: "interrupted", success: false, text, error: "Interrupted", code: "interrupted", aborted: true };
    case "timeout":
      return failed("timeout", `Request timed out after ${facts.limitMs / 1000} seconds`, text);
    case "kill":
      return { ending: "killed", success: false, text, error: "Session process terminated", code: "killed" };
    case "lease_lost":
      return failed("io_error", "Agent returned error: the server could not keep the session's lock", text);
  }
}

function unstarted(error: unknown, { agent, sessionId }: EndingFacts): Ending {
  if (error instanceof AgentError) {
    if (error.kind === "session_load_failed") return failed("not_found", `Session not found: ${sessionId}`);
    if (error.kind === "engine_unavailable") {
      return failed("agent_unavailable", `Agent ${agent} unavailable: ${error.message}`);
    }
    return failed("agent_error", `Agent failed to start: ${error.message}`);
  }
  if (error instanceof StoreUnavailableError) {
    return failed("io_error", "Agent failed to start: the store is unavailable");
  }
  return failed("agent_error", `Agent failed to start: ${error instanceof Error ? error.message : String(error)}`);
}

/** An agent that ends its turn when it is refused something has not failed ([APPROVE-8]). */
function endedByDenial({ output, permissionDenials }: RunResult): Ending {
  const said = permissionDenials.map(({ toolName, reason }) => `[Denied: ${toolName}: ${reason}]`).join("\n");
  if (output.trim() !== "") return { ending: "success", success: true, text: `${output}\n\n${said}` };
  return {
    ending: "interrupted",
    success: false,
    text: said,
    error: "Interrupted",
    code: "interrupted",
    aborted: true,
  };
}

function failed(code: RemoteErrorCode, error: string, text = ""): Ending {
  return { ending: "error", success: false, text, error, code };
}

/** Of this run, or nothing: an agent that does not tell its tokens has no figures here ([PROMPT-15]). */
function usageOf({ usage }: { usage: RunUsage }): { usage: Usage } | undefined {
  if (usage.source === "none") return undefined;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  return {
    usage: {
      inputTokens: Math.max(0, inputTokens - (cacheWriteTokens ?? 0)),
      outputTokens,
      ...(cacheWriteTokens === null ? {} : { cacheCreationInputTokens: cacheWriteTokens }),
      ...(cacheReadTokens === null ? {} : { cacheReadInputTokens: cacheReadTokens }),
    },
  };
}

function costOf({ cost }: { cost: RunCost }): { cost: Cost } | undefined {
  const { inputUsd, outputUsd, totalUsd } = cost;
  if (inputUsd === null && outputUsd === null && totalUsd === null) return undefined;
  return {
    cost: {
      ...(inputUsd === null ? {} : { inputCost: inputUsd }),
      ...(outputUsd === null ? {} : { outputCost: outputUsd }),
      ...(totalUsd === null ? {} : { totalCost: totalUsd }),
    },
  };
}
