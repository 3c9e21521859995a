/** Who prompts, where a prompt stands, and what became of it. */
import type { RemoteErrorCode } from "@parlatory/protocol/remote";

/** Who asks, for answers that go to one client session and for the audit log. */
export interface Asker {
  readonly clientSessionId: string;
  readonly deviceId: string;
  readonly deviceName: string;
}

export interface PromptStatus {
  readonly promptId: string;
  readonly sessionId: string;
  readonly state: "queued" | "running" | "steered" | "finished" | "failed" | "cancelled";
  readonly queuePosition?: number | undefined;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheCreationInputTokens?: number | undefined;
  readonly cacheReadInputTokens?: number | undefined;
}

/** US dollars of this run alone; an absent part is one the agent does not report ([PROMPT-16]). */
export interface Cost {
  readonly inputCost?: number | undefined;
  readonly outputCost?: number | undefined;
  readonly totalCost?: number | undefined;
}

/** The document of a prompt's outcome: what `response` and `replay` are built from ([PROMPT-13]). */
export interface PromptResult {
  readonly messageId: string;
  readonly success: boolean;
  readonly text: string;
  readonly sessionId: string;
  readonly promptId: string;
  readonly clientSessionId: string;
  /** Null for a prompt that never ran. */
  readonly runId: string | null;
  readonly finishedAt: number;
  readonly usage?: Usage | undefined;
  readonly cost?: Cost | undefined;
  readonly mergedPromptIds?: readonly string[] | undefined;
  readonly error?: string | undefined;
  readonly code?: RemoteErrorCode | undefined;
  readonly aborted?: true | undefined;
  /** Which frames follow the response ([PROMPT-13]). */
  readonly ending: "success" | "error" | "interrupted" | "killed" | "cancelled" | "lost";
}
