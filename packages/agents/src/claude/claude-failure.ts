import { AgentError, oneLine } from "../agent-error.ts";
import { countAt, textAt, type JsonRecord } from "../json-fields.ts";
import type { ProcessEnd } from "../process/agent-process.ts";
import { claudeInstallHint } from "./claude-installation.ts";

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

export interface FailedRetries {
  /** HTTP status of the last attempt. */
  readonly status: number | null;
  /** The agent's word for what failed, such as `overloaded`. */
  readonly word: string | undefined;
  /** How long it has only been retrying; undefined: the credentials are refused, and no retry will help. */
  readonly retriedForMs: number | undefined;
  readonly delayMs: number | null;
}

/** The run was ended because retrying led nowhere [AGENT-9]. */
export function failureOfRetries({ status, word, retriedForMs, delayMs }: FailedRetries): AgentError {
  const answer = [status === null ? "no status" : `status ${status}`, ...(word === undefined ? [] : [word])].join(", ");
  const detail = { api_error_status: status };
  if (retriedForMs === undefined) {
    const message = `Claude Code: the API refuses the credentials (${answer})`;
    return new AgentError({ kind: "auth_required", target: "claude", message, hint: loginHint, detail });
  }
  const message = `Claude Code: the API has failed for ${Math.round(retriedForMs / 1000)} seconds (${answer})`;
  if (status !== 429) return new AgentError({ kind: "engine_failed", target: "claude", message, detail });
  const limited = { ...detail, retry_after_ms: delayMs };
  return new AgentError({ kind: "rate_limited", target: "claude", message, detail: limited });
}

/** A compaction that the agent did not report as done [COMPACT-4]; `said` is its own text about that. */
export function failureOfCompaction(said: string | undefined): AgentError {
  const message = said === undefined || said === "" ? "the agent reported no compaction" : said;
  return new AgentError({ kind: "engine_failed", target: "claude", message });
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
