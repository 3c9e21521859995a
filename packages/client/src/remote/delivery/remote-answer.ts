import type { RemoteCost, RemoteServerMessageOf, RemoteUsage } from "@parlatory/protocol/remote";

/** How a prompt ended, from a `response` or from a `replay` of one ([PROMPT-13], [RDLV-3]). */
export interface RemoteAnswer {
  readonly messageId: string;
  readonly sessionId: string;
  readonly promptId: string;
  /** Null for a prompt that never ran; undefined in a replay, which does not say. */
  readonly runId: string | null | undefined;
  readonly success: boolean;
  /** The final text of the agent; of a failure what was answered so far. */
  readonly text: string;
  /** Present when it failed. */
  readonly error: string | undefined;
  readonly code: string | undefined;
  readonly isAborted: boolean;
  /** `text` was cut; the whole is in the history. */
  readonly isTruncated: boolean;
  readonly usage: RemoteUsage | undefined;
  readonly cost: RemoteCost | undefined;
  readonly totalCostUsd: number | undefined;
  readonly timestamp: string;
  /** Prompts that were steered into this run. */
  readonly mergedPromptIds: readonly string[];
  /** It was made while no socket of this client session took it. */
  readonly isReplay: boolean;
}

export function readAnswer(frame: RemoteServerMessageOf<"response"> | RemoteServerMessageOf<"replay">): RemoteAnswer {
  if (frame.type === "replay") {
    const { message, message_id: messageId } = frame;
    return {
      messageId,
      sessionId: message.session_id,
      promptId: message.prompt_id,
      runId: undefined,
      success: message.success,
      // The text of a failed one is its error text ([RDLV-1]).
      text: message.success ? message.text : "",
      error: message.success ? undefined : (message.error ?? message.text),
      code: undefined,
      isAborted: false,
      isTruncated: message.truncated === true,
      usage: message.usage,
      cost: message.cost,
      totalCostUsd: message.total_cost_usd,
      timestamp: message.timestamp,
      mergedPromptIds: [],
      isReplay: true,
    };
  }
  return {
    messageId: frame.message_id,
    sessionId: frame.session_id,
    promptId: frame.prompt_id,
    runId: frame.run_id,
    success: frame.success,
    text: frame.text,
    error: frame.error,
    code: frame.code,
    isAborted: frame.aborted === true,
    isTruncated: frame.truncated === true,
    usage: frame.usage,
    cost: frame.cost,
    totalCostUsd: frame.total_cost_usd,
    timestamp: frame.timestamp,
    mergedPromptIds: frame.merged_prompt_ids ?? [],
    isReplay: false,
  };
}
