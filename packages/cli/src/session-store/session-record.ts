import type { UsageSource } from "@parlatory/agents";

/** A stored session in memory [SES-4]; the file has the same in snake case. */
export interface SessionRecord {
  readonly sessionId: string;
  /** Committed prompts, oldest first; never outputs. */
  readonly messages: readonly string[];
  /** Totals of all committed turns, compacted ones included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null in files that do not say. As in the envelope: `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly workingDirectory: string | null;
  readonly agent: string | null;
  readonly model: string | null;
  readonly agentSessionId: string | null;
  /** Of the last turn. */
  readonly stopReason: string | null;
  readonly usageSource: UsageSource;
  /** Prompts dropped by compaction [SES-12]. */
  readonly compactedTurns: number;
  /** Turns timed out or cancelled. */
  readonly interruptedTurns: number;
  /** Keys of the file that this version does not know; they survive a rewrite [SES-5]. */
  readonly unknown: Readonly<Record<string, unknown>>;
}
