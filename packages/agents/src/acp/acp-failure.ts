import { AgentError } from "../agent-error.ts";
import { isRecord, textAt } from "../json-fields.ts";
import type { ProcessEnd } from "../process/agent-process.ts";

/** `authRequired` of the protocol. */
const authRequiredCode = -32000;

/** Agents pass the words of their model's service on, some of them without its status. */
const rejectedKey = /\b401 Unauthorized\b|\bstatus:? 401\b|\b(invalid|incorrect)( x-)? ?api[ -_]?key\b/i;

/** What an agent's error answer to a request means. */
export function failureOfRequest(
  target: string,
  attempt: string,
  failure: unknown,
  logins: readonly string[],
): AgentError {
  if (failure instanceof AgentError) return failure;
  const record = isRecord(failure) ? failure : {};
  const data = isRecord(record["data"]) ? record["data"] : {};
  const said = [
    failure instanceof Error ? failure.message : String(failure),
    textAt(data, "details"),
    textAt(data, "message"),
  ];
  const words = said.filter((text) => text !== undefined && text !== "").join(": ");
  const message = `${attempt}: ${words}`;
  const errorKind = textAt(data, "errorKind") ?? "";
  const isRejectedKey = errorKind.startsWith("authentication") || rejectedKey.test(words);
  if (record["code"] === authRequiredCode || isRejectedKey) {
    const hint = logins.length === 0 ? undefined : `sign in: ${logins.join("; or ")}`;
    return new AgentError({ kind: "auth_required", target, message, hint, cause: failure });
  }
  if (/rate.?limit/i.test(errorKind) || /\b429\b|rate.?limit|too many requests/i.test(words)) {
    return new AgentError({ kind: "rate_limited", target, message, detail: { retry_after_ms: null }, cause: failure });
  }
  return new AgentError({ kind: "engine_failed", target, message, cause: failure });
}

export function failureOfStart(program: string, end: ProcessEnd): AgentError {
  const how = end.signal ?? `exit status ${end.exitCode ?? "unknown"}`;
  const said = end.stderrTail === "" ? "" : `: ${end.stderrTail}`;
  return new AgentError({
    kind: "engine_unavailable",
    target: program,
    message: `start '${program}': it ended (${how}) before the handshake of the Agent Client Protocol${said}`,
    hint: "run the command by itself to see what it needs; it must speak the Agent Client Protocol on stdin and stdout",
  });
}

export function failureOfEnd(program: string, end: ProcessEnd): AgentError {
  const how = end.signal ?? `exit status ${end.exitCode ?? "unknown"}`;
  return new AgentError({
    kind: "engine_failed",
    target: program,
    message: `'${program}' ended (${how}) before it answered`,
    detail: { exit_code: end.exitCode, signal: end.signal },
  });
}

export function loadFailure(target: string, reason: string, cause?: unknown): AgentError {
  return new AgentError({
    kind: "session_load_failed",
    target,
    retryable: false,
    message: `resume the agent session ${target}: ${reason}`,
    hint: "begin a new session",
    cause,
  });
}
