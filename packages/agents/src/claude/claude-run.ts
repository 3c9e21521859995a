/**
 * One prompt on its way through Claude Code: reads the lines of the stream until the agent is idle again, and says how the
 * run ended. It writes nothing to the agent and knows nothing of its process.
 * States: sent → taken (the agent took the message up) → answered (a result came; steered messages bring further ones)
 * → settled (idle, or gone).
 */
import { noCost, type ActiveRun } from "../active-run.ts";
import type { AgentError } from "../agent-error.ts";
import { countAt, recordAt, recordsAt, textAt, type JsonRecord } from "../json-fields.ts";
import type { RunUsage } from "../session.ts";
import { failureOfCompaction, failureOfResult } from "./claude-failure.ts";
import { ClaudeRetries } from "./claude-retries.ts";
import { addResultUsage, noClaudeUsage } from "./claude-usage.ts";

/** A result is followed by `idle` at once; a version that says no more, or goes on in the background, is not waited for. */
const idleAfterResultMs = 2000;

/** What becomes of an agent that does not end its turn after it was given up. */
const endAfterGivingUpMs = 10_000;

export interface ClaudeRunPlan {
  /** What was sent is the order to compact: the run succeeds when that is reported done [COMPACT-4]. */
  readonly isCompaction: boolean;
  readonly maxRetryingMs: number;
  /** Stops the turn: it does nothing but retry. */
  readonly interrupt: () => void;
}

export class ClaudeRun {
  readonly run: ActiveRun;
  readonly #plan: ClaudeRunPlan;
  readonly #retries: ClaudeRetries;
  /** Ids of the messages that were sent and are not confirmed. */
  readonly #unseen = new Set<string>();
  /** Why the turn was stopped by us [AGENT-9]. */
  #failure: AgentError | undefined;
  #compaction: { readonly isDone: boolean; readonly said?: string | undefined } | undefined;
  #costUsd: number | undefined = 0;
  #isTaken = false;
  #wasReplayed = false;
  #wasCancelled = false;
  #lastResult: JsonRecord | undefined;
  #lastError: string | undefined;
  #usage: RunUsage = noClaudeUsage;
  /** Why a tool did not run, by the id of its use. */
  readonly #refusals = new Map<string, string>();
  readonly #reportedDenials = new Set<string>();
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(run: ActiveRun, plan: ClaudeRunPlan) {
    this.run = run;
    this.#plan = plan;
    this.#retries = new ClaudeRetries(plan.maxRetryingMs, (failure) => this.#giveUp(failure));
    this.expect(run.request.messageUuid);
  }

  /** A message was sent for this run. */
  expect(messageUuid: string): void {
    this.#unseen.add(messageUuid);
  }

  /** `costUsd`: of this line, when it is a result; undefined when that is not known. */
  handle(line: JsonRecord, costUsd: number | undefined): void {
    switch (line["type"]) {
      case "system":
        this.#handleSystem(line);
        break;
      case "command_lifecycle":
        // The message is in the session's file by now; its replay may wait for the model's first word.
        if (line["state"] === "started") this.#confirm(textAt(line, "command_uuid"));
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
        this.#retries.stop();
        this.#handleStreamEvent(line);
        break;
      case "result":
        this.#handleResult(line, costUsd);
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
    else if (this.#failure !== undefined) this.#settle({ outcome: "failed", error: this.#failure, isIdle: true });
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
      case "api_retry":
        this.run.emit({ type: "retry", ...this.#retries.handle(line) });
        break;
      case "status": {
        const outcome = textAt(line, "compact_result");
        if (outcome === "failed") this.#compaction = { isDone: false, said: textAt(line, "compact_error") };
        break;
      }
      case "compact_boundary": {
        this.#compaction = { isDone: true };
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

  #confirm(messageUuid: string | undefined): void {
    if (messageUuid === undefined || !this.#unseen.delete(messageUuid)) return;
    this.run.emit({ type: "prompt_seen", messageUuid });
  }

  #handleUser(line: JsonRecord): void {
    if (line["isReplay"] === true) {
      this.#confirm(textAt(line, "uuid"));
      if (line["uuid"] === this.run.request.messageUuid) this.#wasReplayed = true;
    }
    for (const block of recordsAt(recordAt(line, "message"), "content")) {
      const toolUseId = textAt(block, "tool_use_id");
      if (block["type"] !== "tool_result" || toolUseId === undefined) continue;
      this.#retries.stop();
      const failed = block["is_error"] === true;
      if (failed) this.#refusals.set(toolUseId, contentText(block));
      if (line["parent_tool_use_id"] === null) this.run.emit({ type: "tool_finished", toolUseId, failed });
    }
  }

  #handleAssistant(line: JsonRecord): void {
    const error = textAt(line, "error");
    if (error !== undefined) this.#lastError = error;
    else this.#retries.stop();
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

  #handleResult(line: JsonRecord, costUsd: number | undefined): void {
    if (!this.#isTaken && !this.#wasReplayed) return; // of a turn the agent began by itself, before it took this message
    this.#lastResult = line;
    this.#retries.stop();
    this.#usage = addResultUsage(this.#usage, line);
    // One part that is not known makes the sum unknown.
    this.#costUsd = this.#costUsd === undefined || costUsd === undefined ? undefined : this.#costUsd + costUsd;
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
    if (result["is_error"] !== true && this.#plan.isCompaction && this.#compaction?.isDone !== true) {
      const error = failureOfCompaction(this.#compaction?.said ?? textAt(result, "result"));
      this.#settle({ outcome: "failed", error, agentStopReason, isIdle });
    } else if (result["is_error"] !== true) {
      this.#settle({ outcome: "completed", output: textAt(result, "result") ?? "", agentStopReason, isIdle });
    } else if (this.#failure !== undefined) {
      this.#settle({ outcome: "failed", error: this.#failure, agentStopReason, isIdle });
    } else if (stopReason?.startsWith("aborted") === true || (this.run.isAborted && this.#wasCancelled)) {
      this.#settle({ outcome: "cancelled", agentStopReason, isIdle });
    } else {
      const [lastError, rateLimitDelayMs] = [this.#lastError, this.#retries.rateLimitDelayMs];
      const error = failureOfResult({ result, lastError, rateLimitDelayMs });
      this.#settle({ outcome: "failed", error, agentStopReason, isIdle });
    }
  }

  /** Its result says how the turn was stopped; one that comes to no end is not waited for. */
  #giveUp(failure: AgentError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#idleTimer = setTimeout(() => {
      this.#settle({ outcome: "failed", error: failure, isIdle: false });
    }, endAfterGivingUpMs);
    this.#plan.interrupt();
  }

  #settle(end: Parameters<ActiveRun["settle"]>[0]): void {
    clearTimeout(this.#idleTimer);
    this.#retries.stop();
    const totalUsd = this.#lastResult === undefined ? null : (this.#costUsd ?? null);
    this.run.settle({ ...end, usage: this.#usage, cost: { ...noCost, totalUsd } });
  }
}

function contentText(block: JsonRecord): string {
  const content = block["content"];
  if (typeof content === "string") return content;
  return recordsAt(block, "content")
    .map((part) => textAt(part, "text") ?? "")
    .join("\n");
}
