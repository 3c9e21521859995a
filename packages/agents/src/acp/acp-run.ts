/**
 * One prompt on its way through an agent of the Agent Client Protocol: reads its session updates and its answer. It sends
 * nothing and knows nothing of the process.
 */
import type { PromptResponse, SessionUpdate } from "@agentclientprotocol/sdk";
import { noUsage, type ActiveRun } from "../active-run.ts";
import type { AgentError } from "../agent-error.ts";
import { isRecord, textAt, type JsonRecord } from "../json-fields.ts";
import type { RunUsage } from "../session.ts";
import { acpUsage } from "./acp-usage.ts";
import type { AcpRecord } from "./acp-record.ts";

export class AcpRun {
  readonly run: ActiveRun;
  /** The agent was told to stop. */
  isCancelling = false;
  readonly #record: AcpRecord;
  #wasRefused = false;
  /** Text since the last tool: the answer, if none comes after it. */
  #text = "";
  /** Tools announced and not finished; of one session, so their number is the agent's. */
  readonly #openTools = new Map<string, string>();

  constructor(run: ActiveRun, record: AcpRecord) {
    this.run = run;
    this.#record = record;
  }

  handleUpdate(update: SessionUpdate): void {
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

  deny(toolName: string, reason: string): void {
    this.#wasRefused = true;
    this.run.emit({ type: "permission_denied", toolName, reason });
  }

  handleAnswer(answer: PromptResponse): void {
    const { stopReason } = answer;
    const usage = acpUsage(answer, this.#record.quirks);
    const endedByRefusal = this.#wasRefused && this.#record.quirks.rejectEndsTurn === true && !this.isCancelling;
    if (stopReason !== "cancelled" || endedByRefusal) {
      this.#settle({ outcome: "completed", agentStopReason: stopReason, isReusable: true }, usage, this.#text);
      return;
    }
    const isReusable = this.#record.quirks.cancelSpoilsSession !== true;
    this.#settle({ outcome: "cancelled", agentStopReason: stopReason, isReusable }, usage, "");
  }

  handleFailure(error: AgentError, isIdle: boolean): void {
    this.run.settle({ outcome: "failed", error, usage: noUsage, isIdle });
  }

  handleEnd(error: AgentError, isClosing: boolean): void {
    if (isClosing) this.run.settle({ outcome: "cancelled", isIdle: false });
    else this.handleFailure(error, false);
  }

  #settle(
    end: { outcome: "completed" | "cancelled"; agentStopReason: string; isReusable: boolean },
    usage: RunUsage,
    output: string,
  ): void {
    this.run.settle({ ...end, usage, output, isIdle: true });
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

/** The protocol has a title and a kind; the name the model uses is where the agent chose to put it. */
function toolNameOf(toolCall: object): string {
  const record = toolCall as JsonRecord;
  const meta = isRecord(record["_meta"]) ? Object.values(record["_meta"]).filter(isRecord) : [];
  const ofMeta = meta.map((part) => textAt(part, "toolName")).find((name) => name !== undefined);
  return textAt(record, "name") ?? ofMeta ?? textAt(record, "title") ?? textAt(record, "kind") ?? "";
}
