/**
 * A line of a session file that was understood as JSON, as the log looks at it: what place it has in the tree, and, when it
 * passes the filter of [HIST-2], what it says. Knows nothing of files, order or ids that are missing.
 */
import type { MessageRole } from "../session.ts";
import { blockType, isFields, textField, type Fields } from "./content-block.ts";
import { ownIdOf } from "./record-id.ts";
import { parseRecordTime } from "./record-time.ts";

/** A record that passes the filter. */
export interface LogRecord {
  readonly role: MessageRole;
  readonly content: string | readonly unknown[];
  readonly isCompactSummary: boolean;
  readonly isApiError: boolean;
  /** Put there by the agent for another reason than that somebody wrote it. */
  readonly isNotice: boolean;
  /** It was put into a running turn. */
  readonly isSteered: boolean;
  /** The id under which a prompt was handed to the agent, if this is the record of one ([HIST-8]). */
  readonly givenId: string | undefined;
  /** Of an assistant's record. */
  readonly reply: ReplyFields | undefined;
}

export interface ReplyFields {
  readonly messageId: string | undefined;
  readonly model: string | undefined;
  readonly stopReason: string | undefined;
  readonly usage:
    | { readonly inputTokens: number; readonly outputTokens: number; readonly contextTokens: number }
    | undefined;
}

/** Its place in the tree; undefined for a record that is in none. */
export interface TreePlace {
  readonly id: string;
  readonly parentId: string | null;
  readonly isSidechain: boolean;
  /** `user` or `assistant`, whether it passes the filter or not: it takes part in a turn. */
  readonly isOfTurn: boolean;
}

/** What of a message matters to its turn. */
export interface TurnStep {
  readonly role: MessageRole;
  /** A prompt that was put into the running turn. */
  readonly isSteered: boolean;
  /** Of an answer that says that it is the last one ([HIST-12]). */
  readonly isFinal: boolean;
  /** Ids of the calls that it makes, and of those that it answers. */
  readonly callIds: readonly string[];
  readonly resultIds: readonly string[];
  readonly hasResult: boolean;
}

/** The record as one of the log; undefined when the filter drops it. */
export function toLogRecord(record: Fields): LogRecord | undefined {
  if (record["isSidechain"] === true || record["isMeta"] === true) return undefined;
  const type = record["type"];
  if (type === "attachment") return queuedCommand(record["attachment"]);
  if (type !== "user" && type !== "assistant") return undefined;
  const message = record["message"];
  if (!isFields(message)) return undefined;
  const content = message["content"];
  if (typeof content !== "string" && !Array.isArray(content)) return undefined;
  const isUser = type === "user";
  return {
    role: type,
    content: content as string | readonly unknown[],
    isCompactSummary: isUser && record["isCompactSummary"] === true,
    isApiError: !isUser && record["isApiErrorMessage"] === true,
    isNotice: false,
    isSteered: false,
    givenId: isUser ? ownIdOf(record["uuid"]) : undefined,
    reply: isUser ? undefined : replyFields(message),
  };
}

/** A prompt that was put into a running turn. Its own id is the attachment's; the one it was handed over with is beside it. */
function queuedCommand(attachment: unknown): LogRecord | undefined {
  if (!isFields(attachment) || attachment["type"] !== "queued_command") return undefined;
  const prompt = attachment["prompt"];
  if (typeof prompt !== "string" && !Array.isArray(prompt)) return undefined;
  const mode = attachment["commandMode"];
  return {
    role: "user",
    content: prompt as string | readonly unknown[],
    isCompactSummary: false,
    isApiError: false,
    isNotice: typeof mode === "string" && mode !== "prompt",
    isSteered: true,
    givenId: ownIdOf(attachment["source_uuid"]),
    reply: undefined,
  };
}

export function treePlace(record: Fields): TreePlace | undefined {
  const id = ownIdOf(record["uuid"]);
  if (id === undefined) return undefined;
  const type = record["type"];
  return {
    id,
    parentId: ownIdOf(record["parentUuid"]) ?? null,
    isSidechain: record["isSidechain"] === true,
    isOfTurn: type === "user" || type === "assistant",
  };
}

const finishing = new Set(["end_turn", "stop_sequence", "max_tokens", "refusal"]);

export function turnStep({ role, isSteered, content, reply }: LogRecord): TurnStep {
  const callIds: string[] = [];
  const resultIds: string[] = [];
  let hasResult = false;
  for (const block of typeof content === "string" ? [] : content) {
    if (!isFields(block)) continue;
    const type = blockType(block);
    if (type === "tool_result") hasResult = true;
    const id = type === "tool_use" ? textField(block, "id") : textField(block, "tool_use_id");
    if (id === "") continue;
    if (type === "tool_use") callIds.push(id);
    else if (type === "tool_result") resultIds.push(id);
  }
  const isFinal = reply?.stopReason !== undefined && finishing.has(reply.stopReason);
  return { role, isSteered, isFinal, callIds, resultIds, hasResult };
}

export function recordTime(record: Fields): number | undefined {
  return parseRecordTime(record["timestamp"]);
}

function replyFields(message: Fields): ReplyFields {
  const model = textField(message, "model");
  const stopReason = message["stop_reason"];
  const messageId = message["id"];
  return {
    messageId: typeof messageId === "string" ? messageId : undefined,
    model: isModel(model) ? model : undefined,
    stopReason: typeof stopReason === "string" ? stopReason : undefined,
    usage: usageOf(message["usage"]),
  };
}

/** `<synthetic>` is written by the command line itself. */
export function isModel(name: string): boolean {
  return name !== "" && !name.startsWith("<");
}

function usageOf(usage: unknown): ReplyFields["usage"] {
  if (!isFields(usage)) return undefined;
  const inputTokens = tokens(usage["input_tokens"]);
  const outputTokens = tokens(usage["output_tokens"]);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const cached = (tokens(usage["cache_creation_input_tokens"]) ?? 0) + (tokens(usage["cache_read_input_tokens"]) ?? 0);
  return { inputTokens, outputTokens, contextTokens: inputTokens + cached + outputTokens };
}

function tokens(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
