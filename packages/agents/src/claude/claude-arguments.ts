import type { PermissionMode } from "../capabilities.ts";

export interface ClaudePlan {
  readonly sessionId: string;
  readonly isResume: boolean;
  readonly permissionMode?: PermissionMode | undefined;
  readonly model?: string | undefined;
}

/** One long-lived process that reads prompts and writes events, one JSON object a line. */
export function claudeArguments(plan: ClaudePlan): string[] {
  return [
    "-p",
    ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
    "--replay-user-messages",
    "--include-partial-messages",
    ...["--permission-prompt-tool", "stdio"],
    ...(plan.isResume ? [`--resume=${plan.sessionId}`] : [`--session-id=${plan.sessionId}`]),
    ...(plan.permissionMode === undefined ? [] : [`--permission-mode=${plan.permissionMode}`]),
    ...(plan.model === undefined ? [] : [`--model=${plan.model}`]),
  ];
}

/** A model that does not answer is an error within a minute or so, instead of many. */
const maxRetries = "4";

/** What Claude Code leaves in the environment of the programs it starts; a session below another one is its own. */
const ofAnotherSession = [
  "CLAUDECODE",
  "CLAUDE_CODE_ENTRYPOINT",
  "CLAUDE_CODE_SESSION_ID",
  "CLAUDE_PROJECT_DIR",
  "CLAUDE_CODE_MESSAGING_SOCKET",
  "CLAUDE_CODE_MESSAGING_TOKEN",
] as const;

/** Laid over the environment of the host. */
export function claudeEnvironment(
  host: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(ofAnotherSession.map((name) => [name, undefined])),
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: "1",
    CLAUDE_CODE_MAX_RETRIES: host["CLAUDE_CODE_MAX_RETRIES"] ?? maxRetries,
  };
}
