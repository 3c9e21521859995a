import type { SessionRecord } from "./session-record.ts";

/** The value that [SES-4] gives a session in its file: keys in the order of the table, then the unknown ones. */
export function toSessionValue(record: SessionRecord): Record<string, unknown> {
  return {
    session_id: record.sessionId,
    messages: record.messages,
    input_tokens: record.inputTokens,
    output_tokens: record.outputTokens,
    version: 1,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    working_directory: record.workingDirectory,
    agent: record.agent,
    model: record.model,
    agent_session_id: record.agentSessionId,
    stop_reason: record.stopReason,
    usage_source: record.usageSource,
    compacted_turns: record.compactedTurns,
    interrupted_turns: record.interruptedTurns,
    ...record.unknown,
  };
}

/** The text of a session's file: 2-space indentation, no final newline [SES-4]. Lone surrogates become escapes. */
export function encodeSession(record: SessionRecord): string {
  return JSON.stringify(toSessionValue(record), null, 2);
}
