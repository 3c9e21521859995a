import type { PermissionMode } from "../capabilities.ts";

export interface ClaudePlan {
  readonly sessionId: string;
  readonly isResume: boolean;
  readonly permissionMode?: PermissionMode | undefined;
  readonly model?: string | undefined;
  readonly systemPrompt?: string | undefined;
  /** It has the option that keeps it from showing the model the system prompt of the session's beginning. */
  readonly canDropSnapshot: boolean;
}

/**
 * One long-lived process that reads prompts and writes events, one JSON object a line ([AGENT-4]). Each value is attached to
 * its flag, so that one beginning with a dash is no option ([PROMPT-18]); prompts go to its input and never stand here.
 */
export function claudeArguments(plan: ClaudePlan): string[] {
  const { sessionId, isResume, permissionMode, model, systemPrompt, canDropSnapshot } = plan;
  return [
    "-p",
    ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
    "--replay-user-messages",
    "--include-partial-messages",
    ...["--permission-prompt-tool", "stdio"],
    isResume ? `--resume=${sessionId}` : `--session-id=${sessionId}`,
    ...modeArguments(permissionMode),
    ...(model === undefined ? [] : [`--model=${model}`]),
    ...(systemPrompt === undefined ? [] : [`--append-system-prompt=${systemPrompt}`]),
    // Without it a resumed session goes on with the text it began with ([AGENT-11]).
    ...(systemPrompt !== undefined && isResume && canDropSnapshot ? ["--system-prompt-snapshot=off"] : []),
  ];
}

/** The driver has refused `bypassPermissions` where it is not allowed; nothing else brings its flag about ([AGENT-7]). */
function modeArguments(mode: PermissionMode | undefined): string[] {
  if (mode === undefined) return [];
  return mode === "bypassPermissions" ? ["--dangerously-skip-permissions"] : [`--permission-mode=${mode}`];
}

/** A model that does not answer is an error within a minute or so, instead of many ([AGENT-9]). */
const maxRetries = "4";

/** Laid over the environment that every agent gets. */
export function claudeEnvironment(host: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return {
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: "1",
    CLAUDE_CODE_MAX_RETRIES: host["CLAUDE_CODE_MAX_RETRIES"] ?? maxRetries,
  };
}
