/**
 * Assembles whole messages from the updates of an agent that keeps no files: our log of it is made of these, never of what
 * the agent tells of a session it loads [AGENT-14]. What a tool was given often comes bit by bit, so a call waits until it
 * has begun, is asked about or is over. It knows nothing of the protocol's requests.
 */
import type { ContentBlock, SessionUpdate } from "@agentclientprotocol/sdk";
import { isRecord, recordAt, recordsAt, textAt, type JsonRecord } from "../json-fields.ts";
import { uuidV5 } from "../uuid-v5.ts";
import { toolNameOf } from "./tool-name.ts";

export interface AcpMessage {
  readonly type: "message";
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly blocks: readonly Block[];
}

type Block = Readonly<Record<string, unknown>>;

interface ToolCall {
  readonly id: string;
  name: string;
  input: JsonRecord;
  output: JsonRecord;
  /** It has begun, so its input is whole. */
  hasBegun: boolean;
}

/** A text that still grows, or a call whose input is not known yet. */
type Open = { readonly kind: "text" | "thinking"; text: string; readonly messageId: string | undefined } | ToolCall;

export class AcpTranscript {
  readonly #promptId: string;
  readonly #tell: (message: AcpMessage) => void;
  #open: (Open | Block)[] = [];
  /** Calls without a result, by id; of one turn, so their number is the agent's. */
  readonly #calls = new Map<string, ToolCall>();
  #count = 0;

  /** Ids are derived from the prompt's, and so the same for the same work. */
  constructor(promptId: string, tell: (message: AcpMessage) => void) {
    this.#promptId = promptId;
    this.#tell = tell;
  }

  handle(update: SessionUpdate): void {
    switch (update.sessionUpdate) {
      case "agent_message_chunk":
        this.#addContent("text", update.content, update.messageId ?? undefined);
        break;
      case "agent_thought_chunk":
        this.#addContent("thinking", update.content, update.messageId ?? undefined);
        break;
      case "tool_call":
      case "tool_call_update":
        this.handleTool(update);
        break;
      default: // no part of a message
    }
  }

  /** An update of a call, or what a question says of it. */
  handleTool(given: object, isAsked = false): void {
    const update = given as JsonRecord;
    const id = textAt(update, "toolCallId");
    const status = textAt(update, "status");
    if (id === undefined) return;
    const call = this.#calls.get(id) ?? this.#begin(id, update, status);
    if (call === undefined) return;
    call.input = { ...call.input, ...recordAt(update, "rawInput") };
    call.output = { ...call.output, ...definedOf(update) };
    const isOver = status === "completed" || status === "failed";
    call.hasBegun ||= isAsked || isOver || status === "in_progress";
    if (call.hasBegun) this.#flush();
    if (!isOver) return;
    this.#calls.delete(id);
    this.#tellResult(call, outputOf(call.output), status === "failed");
  }

  /** The turn is over: what is open is told, and no call stays without a result. */
  end(): void {
    for (const call of this.#calls.values()) call.hasBegun = true;
    this.#flush();
    for (const call of this.#calls.values()) this.#tellResult(call, "The turn ended before there was a result.", true);
    this.#calls.clear();
  }

  /** A call that was not announced; one that only ends has been told before, or never was. */
  #begin(id: string, update: JsonRecord, status: string | undefined): ToolCall | undefined {
    if (update["sessionUpdate"] === "tool_call_update" && status === undefined) return undefined;
    const call: ToolCall = { id, name: toolNameOf(update), input: {}, output: {}, hasBegun: false };
    this.#calls.set(id, call);
    this.#open.push(call);
    return call;
  }

  #addContent(kind: "text" | "thinking", content: ContentBlock, messageId: string | undefined): void {
    if (content.type !== "text") {
      this.#open.push(blockOfContent(content));
      return;
    }
    const last = this.#open.at(-1);
    if (isText(last) && last.kind === kind && last.messageId === messageId) last.text += content.text;
    else {
      // Another message of the model's.
      if (isText(last) && last.messageId !== messageId) this.#flush();
      this.#open.push({ kind, text: content.text, messageId });
    }
  }

  /** Tells all that is whole, in order; calls that wait for their input stay. */
  #flush(): void {
    const waiting = this.#open.filter((item) => isCall(item) && !item.hasBegun);
    const whole = this.#open.filter((item) => !isCall(item) || item.hasBegun);
    this.#open = waiting;
    const blocks = whole.map(blockOf);
    if (blocks.length > 0) this.#say("assistant", blocks);
  }

  #tellResult({ id }: ToolCall, content: string, failed: boolean): void {
    const error = failed ? { is_error: true } : {};
    this.#say("user", [{ type: "tool_result", tool_use_id: id, content, ...error }]);
  }

  #say(role: AcpMessage["role"], blocks: readonly Block[]): void {
    const id = uuidV5(this.#promptId, `message ${(this.#count += 1)}`);
    this.#tell({ type: "message", id, role, blocks });
  }
}

function isText(item: Open | Block | undefined): item is Extract<Open, { kind: string }> {
  return item !== undefined && "kind" in item;
}

function isCall(item: Open | Block): item is ToolCall {
  return "hasBegun" in item;
}

function blockOf(item: Open | Block): Block {
  if (isCall(item)) return { type: "tool_use", id: item.id, name: item.name, input: item.input };
  if (!isText(item)) return item;
  return item.kind === "text" ? { type: "text", text: item.text } : { type: "thinking", thinking: item.text };
}

function blockOfContent(content: Exclude<ContentBlock, { type: "text" }>): Block {
  if (content.type === "image") {
    return { type: "image", source: { type: "base64", media_type: content.mimeType, data: content.data } };
  }
  if (content.type === "resource_link") return { type: "text", text: content.uri };
  return { type: content.type };
}

/** An update leaves out what did not change, by either of two ways. */
function definedOf(update: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined && value !== null));
}

/** Agents put what a tool said into its content, or its raw output, or both; some dress the former up. */
function outputOf(update: JsonRecord): string {
  const raw = update["rawOutput"];
  if (typeof raw === "string") return raw;
  const shown = recordsAt(update, "content").flatMap((part) => textAt(recordAt(part, "content"), "text") ?? []);
  if (shown.length > 0) return shown.join("\n");
  const record = isRecord(raw) ? raw : {};
  const said = ["formatted_output", "output", "stdout"].map((key) => textAt(record, key));
  return said.find((text) => text !== undefined) ?? (raw === undefined ? "" : JSON.stringify(raw));
}
