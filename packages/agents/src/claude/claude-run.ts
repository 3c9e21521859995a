/**
 * One prompt on its way through Claude Code: reads the lines of the stream until the agent is idle again, and says how the
 * run ended. It writes nothing to the agent and knows nothing of its process.
 * States: sent → taken (the agent took the message up) → answered (a result came; steered messages bring further ones)
 * → settled (idle, or gone).
 */
import type { ActiveRun } from "../active-run.ts";
import type { AgentError } from "../agent-error.ts";
import { countAt, recordAt, recordsAt, textAt, type JsonRecord } from "../json-fields.ts";
import type { RunUsage } from "../session.ts";
import { failureOfResult } from "./claude-failure.ts";
import { addResultUsage, noClaudeUsage } from "./claude-usage.ts";

/** A result is followed by `idle` at once; a version that says no more, or goes on in the background, is not waited for. */
const idleAfterResultMs = 2000;

export class ClaudeRun {
  readonly run: ActiveRun;
  #isTaken = false;
  #wasReplayed = false;
  #wasCancelled = false;
  #lastResult: JsonRecord | undefined;
  #lastError: string | undefined;
  #rateLimitDelayMs: number | undefined;
  #usage: RunUsage = noClaudeUsage;
  /** Why a tool did not run, by the id of its use. */
  readonly #refusals = new Map<string, string>();
  readonly #reportedDenials = new Set<string>();
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(run: ActiveRun) {
    this.run = run;
  }

  handle(line: JsonRecord): void {
    switch (line["type"]) {
      case "system":
        this.#handleSystem(line);
        break;
      case "command_lifecycle":
        if (line["command_uuid"] !== this.run.request.messageUuid) break;
        if (line["state"] === "started") this.#isTaken = true;
        if (line["state"] === "cancelled") this.#wasCancelled = true;
        break;
      case "user":
        this.#handleUser(line);
        break;
      case "assistant":
        this.#handleAssistant(line);
        break;
      case "stream_event":
        this.#handleStreamEvent(line);
        break;
      case "result":
        this.#handleResult(line);
        break;
      default: // record types come and go between versions
    }
  }

  /** A question of the agent was answered with no. */
  deny(toolUseId: string | undefined, toolName: string, reason: string): void {
    if (toolUseId !== undefined) this.#reportedDenials.add(toolUseId);
    this.run.emit({ type: "permission_denied", toolName, reason });
  }

  handleIdle(): void {
    if (this.#lastResult !== undefined) this.#finish(true);
    else if (this.#wasCancelled) this.#settle({ outcome: "cancelled", isIdle: true });
    else if (this.#wasReplayed && !this.#isTaken) {
      this.#settle({ outcome: "completed", isIdle: true, isDuplicate: true });
    }
  }

  handleEnd(error: AgentError, isClosing: boolean): void {
    if (this.#lastResult !== undefined) this.#finish(false);
    else if (isClosing) this.#settle({ outcome: "cancelled", isIdle: false });
    else this.#settle({ outcome: "failed", error, isIdle: false });
  }

  #handleSystem(line: JsonRecord): void {
    switch (line["subtype"]) {
      case "init":
        this.#isTaken = true;
        break;
      case "api_retry": {
        const delayMs = countAt(line, "retry_delay_ms") ?? null;
        const status = countAt(line, "error_status") ?? null;
        if (delayMs !== null && status === 429) this.#rateLimitDelayMs = delayMs;
        const [attempt, maxAttempts] = [countAt(line, "attempt") ?? null, countAt(line, "max_retries") ?? null];
        this.run.emit({ type: "retry", attempt, maxAttempts, delayMs, status });
        break;
      }
      case "compact_boundary": {
        const metadata = recordAt(line, "compact_metadata");
        const trigger = metadata["trigger"];
        this.run.emit({
          type: "compaction",
          trigger: trigger === "manual" || trigger === "auto" ? trigger : null,
          tokensBefore: countAt(metadata, "pre_tokens") ?? null,
          tokensAfter: countAt(metadata, "post_tokens") ?? null,
        });
        break;
      }
      default:
    }
  }

  #handleUser(line: JsonRecord): void {
    if (line["isReplay"] === true && line["uuid"] === this.run.request.messageUuid) this.#wasReplayed = true;
    for (const block of recordsAt(recordAt(line, "message"), "content")) {
      const toolUseId = textAt(block, "tool_use_id");
      if (block["type"] !== "tool_result" || toolUseId === undefined) continue;
      const failed = block["is_error"] === true;
      if (failed) this.#refusals.set(toolUseId, contentText(block));
      if (line["parent_tool_use_id"] === null) this.run.emit({ type: "tool_finished", toolUseId, failed });
    }
  }

  #handleAssistant(line: JsonRecord): void {
    const error = textAt(line, "error");
    if (error !== undefined) this.#lastError = error;
    if (textAt(line, "parent_tool_use_id") !== undefined) return; // of a sub-agent
    for (const block of recordsAt(recordAt(line, "message"), "content")) {
      const toolUseId = textAt(block, "id");
      if (block["type"] !== "tool_use" || toolUseId === undefined) continue;
      this.run.emit({ type: "tool_started", toolUseId, toolName: textAt(block, "name") ?? "" });
    }
  }

  #handleStreamEvent(line: JsonRecord): void {
    if (textAt(line, "parent_tool_use_id") !== undefined) return;
    const delta = recordAt(recordAt(line, "event"), "delta");
    const text = textAt(delta, "text");
    if (delta["type"] === "text_delta" && text !== undefined) this.run.emit({ type: "text_delta", text });
  }

  #handleResult(line: JsonRecord): void {
    if (!this.#isTaken && !this.#wasReplayed) return; // of a turn the agent began by itself, before it took this message
    this.#lastResult = line;
    this.#usage = addResultUsage(this.#usage, line);
    for (const denial of recordsAt(line, "permission_denials")) {
      const toolUseId = textAt(denial, "tool_use_id") ?? "";
      if (this.#reportedDenials.has(toolUseId)) continue;
      this.#reportedDenials.add(toolUseId);
      const reason = this.#refusals.get(toolUseId) ?? "the agent's permission rules do not allow it";
      this.run.emit({ type: "permission_denied", toolName: textAt(denial, "tool_name") ?? "", reason });
    }
    clearTimeout(this.#idleTimer);
    if ((countAt(line, "queued_turn_count") ?? 0) > 0) return;
    this.#idleTimer = setTimeout(() => this.#finish(false), idleAfterResultMs);
  }

  #finish(isIdle: boolean): void {
    const result = this.#lastResult ?? {};
    const stopReason = textAt(result, "terminal_reason") ?? textAt(result, "stop_reason") ?? textAt(result, "subtype");
    const agentStopReason = stopReason ?? null;
    if (result["is_error"] !== true) {
      this.#settle({ outcome: "completed", output: textAt(result, "result") ?? "", agentStopReason, isIdle });
    } else if (stopReason?.startsWith("aborted") === true || (this.run.isAborted && this.#wasCancelled)) {
      this.#settle({ outcome: "cancelled", agentStopReason, isIdle });
    } else {
      const [lastError, rateLimitDelayMs] = [this.#lastError, this.#rateLimitDelayMs];
      const error = failureOfResult({ result, lastError, rateLimitDelayMs });
      this.#settle({ outcome: "failed", error, agentStopReason, isIdle });
    }
  }

  #settle(end: Parameters<ActiveRun["settle"]>[0]): void {
    clearTimeout(this.#idleTimer);
    this.run.settle({ ...end, usage: this.#usage });
  }
}

function contentText(block: JsonRecord): string {
  const content = block["content"];
  if (typeof content === "string") return content;
  return recordsAt(block, "content")
    .map((part) => textAt(part, "text") ?? "")
    .join("\n");
}
