import type { PermissionMode } from "./capabilities.ts";

/** What happens in a run, in the order the driver learned it. */
export type AgentEvent =
  | {
      /** Text as the agent writes it, what it says between two tools included. For people who watch. */
      readonly type: "text_delta";
      readonly text: string;
    }
  | {
      /** A part of the answer: all of them joined are the `output` of the result [STR-2]. */
      readonly type: "output_delta";
      readonly text: string;
    }
  | {
      /** The agent confirmed that it has the prompt, or a message that was steered into the run ([AGENT-2]). */
      readonly type: "prompt_seen";
      readonly messageUuid: string;
    }
  | {
      /** A whole message of the conversation, of agents that keep no files of their own ([HIST-1]). */
      readonly type: "message";
      readonly id: string;
      readonly role: "user" | "assistant";
      /** As agents' files have them: `text`, `tool_use`, `tool_result`, `thinking`, … ([HIST-7]). */
      readonly blocks: readonly unknown[];
    }
  | { readonly type: "tool_started"; readonly toolUseId: string; readonly toolName: string }
  | { readonly type: "tool_finished"; readonly toolUseId: string; readonly failed: boolean }
  | ({ readonly type: "permission_question" } & PermissionQuestion)
  | ({ readonly type: "permission_denied" } & PermissionDenial)
  | ({ readonly type: "compaction" } & Compaction)
  | {
      /** The agent tries a request to its model again. */
      readonly type: "retry";
      readonly attempt: number | null;
      readonly maxAttempts: number | null;
      readonly delayMs: number | null;
      /** HTTP status of what failed. */
      readonly status: number | null;
    }
  | {
      /**
       * The reader was too slow: this many events are missing here. Never among them: deltas, messages, questions, and what
       * was seen of prompts.
       */
      readonly type: "events_dropped";
      readonly count: number;
    };

export interface PermissionQuestion {
  readonly questionId: string;
  readonly toolName: string;
  /** The arguments of the tool, as the agent gave them. */
  readonly input: unknown;
}

export interface PermissionDenial {
  readonly toolName: string;
  readonly reason: string;
}

/** The agent replaced the older part of its context by a summary; unknown figures are null [ENV-9]. */
export interface Compaction {
  readonly trigger: "manual" | "auto" | null;
  readonly tokensBefore: number | null;
  readonly tokensAfter: number | null;
}

/** What happens outside of runs. */
export type SessionEvent =
  | {
      /** A line for the log: what the agent wrote to stderr, or what of its output could not be understood [ENV-6]. */
      readonly type: "diagnostic";
      readonly text: string;
    }
  | {
      /** The agent could not load the session; another one goes on in its place. */
      readonly type: "session_replaced";
      readonly previousId: string;
      readonly agentSessionId: string;
    }
  | {
      /** The agent woke by itself (a background task ended, a message of another session came) or fell idle again. */
      readonly type: "idle_changed";
      readonly isIdle: boolean;
    }
  | {
      /** The agent works under another mode from now on, whoever changed it. */
      readonly type: "mode_changed";
      readonly mode: PermissionMode;
    }
  | {
      /** The agent's process is gone. */
      readonly type: "ended";
      readonly exitCode: number | null;
      readonly signal: string | null;
    };
