/** What passes between a worker session and its thread. */
export interface WorkerData {
  /** URL of the engine module. */
  readonly module: string;
}

/** To the thread. */
export type WorkerOrder =
  | { readonly type: "submit"; readonly request: EngineRequest; readonly isCancellable: boolean }
  | { readonly type: "cancel" };

/** From the thread. */
export type WorkerReport =
  | { readonly type: "ready"; readonly transactional: boolean }
  /** The module cannot be used. */
  | { readonly type: "unusable"; readonly reason: string }
  | { readonly type: "acknowledged" }
  | { readonly type: "denied"; readonly denial: EngineDenial }
  | { readonly type: "result"; readonly result: EngineResult }
  | { readonly type: "failed"; readonly reason: string };

export interface EngineDenial {
  readonly tool_name: string;
  readonly reason: string;
}

/** What the module's `submit` is given, without its signal [TURN-1]. */
export interface EngineRequest {
  readonly prompt: string;
  readonly matched_commands: readonly string[];
  readonly matched_tools: readonly string[];
  readonly denied_tools: readonly EngineDenial[];
  readonly generation: number;
}

/** What it answers; everything else in the answer is ignored. */
export interface EngineResult {
  readonly output: string;
  readonly stop_reason: string;
  /** Undefined: the words of prompt and output, as echo counts them. */
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number } | undefined;
  readonly usage_source: "words" | "agent" | "none";
  readonly permission_denials: readonly EngineDenial[];
}
