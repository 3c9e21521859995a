/** What clients ask of the run desk, already read from a message, not yet checked ([PROMPT-1]). */
import type { Asker, PromptResult, PromptStatus } from "./prompt-outcome.ts";

export type PromptMode = "reject" | "queue" | "steer" | "interrupt";

/** The modes by their names on the wire ([SESS-6]). */
export const REMOTE_PERMISSION_MODES = ["default", "accept_edits", "plan", "bypass"] as const;
export type RemotePermissionMode = (typeof REMOTE_PERMISSION_MODES)[number];

export type PromptAttachment =
  | { readonly filename: string; readonly mediaType: string; /** Base64. */ readonly content: string }
  | { readonly resource: string };

export interface PromptSubmission {
  readonly asker: Asker;
  /** Anything: that it is a string that is not blank is the first check. */
  readonly text: unknown;
  readonly sessionId?: string | undefined;
  readonly resumeSessionId?: string | undefined;
  readonly newSessionId?: string | undefined;
  readonly workingDirectory?: string | undefined;
  readonly systemPrompt?: string | undefined;
  readonly promptId?: string | undefined;
  readonly agent?: string | undefined;
  /** Anything: an unknown word is refused by name. */
  readonly mode: string;
  readonly attachments: readonly PromptAttachment[];
  readonly force: boolean;
  /** Of the client session: where a new session starts when the prompt does not say ([PROMPT-6]). */
  readonly clientDirectory?: string | undefined;
}

export interface AcceptedPrompt {
  readonly outcome: "accepted";
  readonly sessionId: string;
  readonly promptId: string;
  readonly created: boolean;
  readonly agent: string;
  readonly workingDirectory: string;
  readonly modeApplied: "run" | "queue" | "steer" | "interrupt";
  readonly queuePosition?: number | undefined;
  /** Present when a system prompt was given ([PROMPT-7]). */
  readonly systemPromptApplied?: boolean | undefined;
}

/** The same prompt was accepted before ([PROMPT-9]). */
export interface KnownPrompt extends Omit<AcceptedPrompt, "outcome"> {
  readonly outcome: "duplicate";
  readonly state: PromptStatus["state"];
  /** Present when it is finished. */
  readonly result?: PromptResult | undefined;
}

export interface LockHolder {
  readonly holder: "prompt" | "compaction" | "recovery" | "elsewhere";
  readonly runId?: string | undefined;
  readonly since?: number | undefined;
  readonly isRunAlive?: boolean | undefined;
}
