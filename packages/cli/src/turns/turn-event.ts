/** One event of a turn as a stream shows it; keys are those of the envelope [STR-1]. */
export type TurnEvent =
  | { readonly type: "message_start"; readonly session_id: string; readonly prompt: string }
  | { readonly type: "command_match"; readonly commands: readonly string[] }
  | { readonly type: "tool_match"; readonly tools: readonly string[] }
  | { readonly type: "permission_denial"; readonly denials: readonly string[] }
  | { readonly type: "message_delta"; readonly text: string }
  | { readonly type: "compaction"; readonly dropped: number; readonly kept: number }
  | {
      readonly type: "message_stop";
      readonly usage: UsageObject;
      readonly stop_reason: string;
      readonly transcript_size: number;
    };

/** Tokens in output; cache reads only where an agent told them [TURN-15]. */
export interface UsageObject {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens?: number;
}
