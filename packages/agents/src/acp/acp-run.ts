/**
 * One prompt on its way through an agent of the Agent Client Protocol: reads its session updates and its answer. It sends
 * nothing and knows nothing of the process.
 */
import type { PromptResponse, SessionUpdate } from "@agentclientprotocol/sdk";
import { noCost, noUsage, type ActiveRun } from "../active-run.ts";
import type { AgentError } from "../agent-error.ts";
import type { RunCost, RunUsage } from "../session.ts";
import type { AcpRecord } from "./acp-record.ts";
import { AcpTranscript } from "./acp-transcript.ts";
import { acpUsage } from "./acp-usage.ts";
import { toolNameOf } from "./tool-name.ts";

/** Work on a prompt: the agent has it. */
const work: ReadonlySet<string> = new Set([
  "user_message_chunk",
  "agent_message_chunk",
  "agent_thought_chunk",
  "tool_call",
  "plan",
]);

export class AcpRun {
  readonly run: ActiveRun;
  /** The agent was told to stop. */
  isCancelling = false;
  readonly #record: AcpRecord;
  readonly #transcript: AcpTranscript;
  #isSeen = false;
  #wasRefused = false;
  /** Text since the last tool: the answer, if none comes after it. */
  #text = "";
  /** Tools announced and not finished; of one session, so their number is the agent's. */
  readonly #openTools = new Map<string, string>();

  constructor(run: ActiveRun, record: AcpRecord) {
    this.run = run;
    this.#record = record;
    this.#transcript = new AcpTranscript(run.request.messageUuid, (message) => run.emit(message));
  }

  handleUpdate(update: SessionUpdate): void {
    if (work.has(update.sessionUpdate)) this.#see();
    this.#transcript.handle(update);
    switch (update.sessionUpdate) {
      case "agent_message_chunk":
        if (update.content.type !== "text") break;
        this.#text += update.content.text;
        this.run.emit({ type: "text_delta", text: update.content.text });
        break;
      case "tool_call":
        this.#text = "";
        this.#startTool(update.toolCallId, toolNameOf(update));
        this.#finishTool(update.toolCallId, update.status);
        break;
      case "tool_call_update":
        this.#finishTool(update.toolCallId, update.status);
        break;
      case "compaction_update":
        this.run.emit({ type: "compaction", trigger: null, tokensBefore: null, tokensAfter: null });
        break;
      default: // plans, modes, titles, and kinds that are not known here
    }
  }

  /** Name of a tool that asks for permission: as announced, else as the question has it. */
  toolName(toolCall: { readonly toolCallId: string }): string {
    return this.#openTools.get(toolCall.toolCallId) ?? toolNameOf(toolCall);
  }

  /** It asks for permission: what it asks about is told before. */
  handleQuestion(toolCall: object): void {
    this.#see();
    this.#transcript.handleTool(toolCall, true);
  }

  deny(toolName: string, reason: string): void {
    this.#wasRefused = true;
    this.run.emit({ type: "permission_denied", toolName, reason });
  }

  /** `costUsd`: of this run, where it is told. */
  handleAnswer(answer: PromptResponse, costUsd: number | undefined): void {
    this.#see();
    const cost = { ...noCost, totalUsd: costUsd ?? null };
    const { stopReason } = answer;
    const usage = acpUsage(answer, this.#record.quirks);
    const endedByRefusal = this.#wasRefused && this.#record.quirks.rejectEndsTurn === true && !this.isCancelling;
    if (stopReason !== "cancelled" || endedByRefusal) {
      this.#settle(
        { outcome: "completed", agentStopReason: stopReason, isReusable: true },
        { usage, cost },
        this.#text,
      );
      return;
    }
    const isReusable = this.#record.quirks.cancelSpoilsSession !== true;
    this.#settle({ outcome: "cancelled", agentStopReason: stopReason, isReusable }, { usage, cost }, "");
  }

  handleFailure(error: AgentError, isIdle: boolean): void {
    this.#transcript.end();
    this.run.settle({ outcome: "failed", error, usage: noUsage, isIdle });
  }

  handleEnd(error: AgentError, isClosing: boolean): void {
    this.#transcript.end();
    if (isClosing) this.run.settle({ outcome: "cancelled", isIdle: false });
    else this.handleFailure(error, false);
  }

  #settle(
    end: { outcome: "completed" | "cancelled"; agentStopReason: string; isReusable: boolean },
    spent: { readonly usage: RunUsage; readonly cost: RunCost },
    output: string,
  ): void {
    this.#transcript.end();
    this.run.settle({ ...end, ...spent, output, isIdle: true });
  }

  #see(): void {
    if (this.#isSeen) return;
    this.#isSeen = true;
    this.run.emit({ type: "prompt_seen", messageUuid: this.run.request.messageUuid });
  }

  #startTool(toolUseId: string, toolName: string): void {
    this.#openTools.set(toolUseId, toolName);
    this.run.emit({ type: "tool_started", toolUseId, toolName });
  }

  #finishTool(toolUseId: string, status: string | null | undefined): void {
    if (status !== "completed" && status !== "failed") return;
    this.#text = "";
    if (!this.#openTools.delete(toolUseId)) return;
    this.run.emit({ type: "tool_finished", toolUseId, failed: status === "failed" });
  }
}
