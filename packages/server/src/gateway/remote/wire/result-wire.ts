/** The outcome of a prompt as the wire has it ([PROMPT-13], [PROMPT-15], [PROMPT-16]). */
import {
  REMOTE_ERROR_CODES,
  toWireTime,
  type RemoteCost,
  type RemoteServerMessage,
  type RemoteServerMessageOf,
  type RemoteUsage,
} from "@parlatory/protocol/remote";
import type { Cost, PromptResult, Usage } from "../../../sessions/run-desk.ts";

/** What the older clients cannot decode: money without all three parts ([PROMPT-16]). */
export interface MoneyForm {
  readonly isStrict: boolean;
}

export function toResponse(result: PromptResult, form: MoneyForm): RemoteServerMessageOf<"response"> {
  const { error, code, aborted, mergedPromptIds } = result;
  return {
    type: "response",
    message_id: result.messageId,
    success: result.success,
    text: result.text,
    session_id: result.sessionId,
    prompt_id: result.promptId,
    run_id: result.runId,
    ...toCounts(result, form),
    timestamp: toWireTime(result.finishedAt),
    ...(mergedPromptIds === undefined || mergedPromptIds.length === 0
      ? {}
      : { merged_prompt_ids: [...mergedPromptIds] }),
    ...(error === undefined ? {} : { error }),
    ...(code === undefined ? {} : { code }),
    ...(aborted === undefined ? {} : { aborted }),
  };
}

export function toReplay(result: PromptResult, form: MoneyForm): RemoteServerMessageOf<"replay"> {
  const { error, success } = result;
  return {
    type: "replay",
    message_id: result.messageId,
    message: {
      role: "assistant",
      // Of a failed one the text is its error text.
      text: success ? result.text : (error ?? result.text),
      session_id: result.sessionId,
      timestamp: toWireTime(result.finishedAt),
      prompt_id: result.promptId,
      success,
      ...(error === undefined ? {} : { error }),
      ...toCounts(result, form),
    },
  };
}

/** The frames of an outcome in their order; `session_killed` and `prompt_status` have pushes of their own ([PROMPT-13]). */
export function toResultFrames(result: PromptResult, form: MoneyForm): RemoteServerMessage[] {
  const response = toResponse(result, form);
  switch (result.ending) {
    case "success":
    case "interrupted":
      return [response, ...toTurnComplete(result)];
    case "error":
    case "killed":
    case "lost":
      return [response, toRunError(result)];
    case "cancelled":
      return [response];
  }
}

function toTurnComplete(result: PromptResult): RemoteServerMessageOf<"turn_complete">[] {
  // A prompt that never ran completes no turn.
  if (result.runId === null) return [];
  return [
    {
      type: "turn_complete",
      session_id: result.sessionId,
      prompt_id: result.promptId,
      run_id: result.runId,
      ...(result.aborted === undefined ? {} : { aborted: result.aborted }),
    },
  ];
}

function toRunError(result: PromptResult): RemoteServerMessageOf<"error"> {
  const code = result.code ?? "internal";
  return {
    type: "error",
    message: result.error ?? result.text,
    code,
    // No run of the session is left because of it: the client may unlock ([CONN-12]).
    session_id: result.sessionId,
    retryable: REMOTE_ERROR_CODES[code].retryable,
  };
}

function toCounts(
  { usage, cost }: PromptResult,
  { isStrict }: MoneyForm,
): { usage?: RemoteUsage; cost?: RemoteCost; total_cost_usd?: number } {
  const shownCost = cost === undefined ? undefined : toCost(cost, isStrict);
  return {
    ...(usage === undefined ? {} : { usage: toUsage(usage) }),
    ...(shownCost === undefined ? {} : { cost: shownCost }),
    ...(cost?.totalCost === undefined ? {} : { total_cost_usd: cost.totalCost }),
  };
}

function toUsage(usage: Usage): RemoteUsage {
  const { cacheCreationInputTokens: created, cacheReadInputTokens: read } = usage;
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    ...(created === undefined ? {} : { cache_creation_input_tokens: created }),
    ...(read === undefined ? {} : { cache_read_input_tokens: read }),
  };
}

function toCost({ inputCost, outputCost, totalCost }: Cost, isStrict: boolean): RemoteCost | undefined {
  const isWhole = inputCost !== undefined && outputCost !== undefined && totalCost !== undefined;
  const isEmpty = inputCost === undefined && outputCost === undefined && totalCost === undefined;
  if (isEmpty || (isStrict && !isWhole)) return undefined;
  return {
    ...(inputCost === undefined ? {} : { input_cost: inputCost }),
    ...(outputCost === undefined ? {} : { output_cost: outputCost }),
    ...(totalCost === undefined ? {} : { total_cost: totalCost }),
  };
}
