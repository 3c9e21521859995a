import { AgentError, oneLine } from "../agent-error.ts";
import { countAt, textAt, type JsonRecord } from "../json-fields.ts";
import type { ProcessEnd } from "../process/agent-process.ts";
import { claudeInstallHint } from "./claude-version.ts";

const loginHint = "run `claude` and sign in with `/login`, or set ANTHROPIC_API_KEY";

export interface FailedResult {
  readonly result: JsonRecord;
  /** The error word of the last answer the CLI made up itself, such as `authentication_failed`. */
  readonly lastError: string | undefined;
  /** The last wait it announced before it tried a rate-limited request again, in milliseconds. */
  readonly rateLimitDelayMs: number | undefined;
}

/** What a `result` with `is_error` means. The word `success` in it means nothing: only `is_error` does. */
export function failureOfResult({ result, lastError, rateLimitDelayMs }: FailedResult): AgentError {
  const status = countAt(result, "api_error_status");
  const errors = Array.isArray(result["errors"]) ? result["errors"].filter((item) => typeof item === "string") : [];
  const said = [textAt(result, "result"), ...errors].find((text) => text !== undefined && text !== "");
  const message =
    said === undefined ? `Claude Code reported an error (${textAt(result, "subtype") ?? "unknown"})` : said;
  const detail = { api_error_status: status ?? null };
  if (status === 401 || lastError === "authentication_failed") {
    return new AgentError({
      kind: "auth_required",
      target: "claude",
      message: `Claude Code: ${message}`,
      hint: loginHint,
      detail,
    });
  }
  if (status === 429 || lastError === "rate_limit") {
    const retryAfter = { retry_after_ms: rateLimitDelayMs ?? null };
    return new AgentError({
      kind: "rate_limited",
      target: "claude",
      message: `Claude Code: ${message}`,
      detail: { ...detail, ...retryAfter },
    });
  }
  return new AgentError({ kind: "engine_failed", target: "claude", message: `Claude Code: ${message}`, detail });
}

/** Why the process ended before it could take a prompt. */
export function failureOfStart(end: ProcessEnd, sessionId: string): AgentError {
  const said = end.stderrTail;
  if (said.includes("No conversation found") || said.includes("requires a valid session ID")) {
    return new AgentError({
      kind: "session_load_failed",
      target: sessionId,
      retryable: false,
      message: `resume the Claude Code session ${sessionId}: there is no such session in that directory`,
      hint: "give the directory the session was started in, or begin a new session",
    });
  }
  if (said.includes("already in use")) {
    return new AgentError({
      kind: "session_locked",
      target: sessionId,
      message: `start the Claude Code session ${sessionId}: the id is taken; resume the session or choose another id`,
    });
  }
  if (said.includes("cannot be used with root")) {
    return new AgentError({
      kind: "engine_unsupported",
      target: "bypassPermissions",
      message: "start Claude Code with the permission mode bypassPermissions: it refuses that mode for root",
      hint: "run it as another user, or choose another permission mode",
    });
  }
  return new AgentError({
    kind: "engine_unavailable",
    target: "claude",
    message: `start Claude Code: it ended (${howItEnded(end)}) before it was ready${said === "" ? "" : `: ${oneLine(said)}`}`,
    hint: claudeInstallHint,
  });
}

export function failureOfEnd(end: ProcessEnd): AgentError {
  return new AgentError({
    kind: "engine_failed",
    target: "claude",
    message: `Claude Code ended (${howItEnded(end)}) before it answered`,
    detail: { exit_code: end.exitCode, signal: end.signal },
  });
}

function howItEnded(end: ProcessEnd): string {
  return end.signal === null ? `exit status ${end.exitCode ?? "unknown"}` : end.signal;
}
