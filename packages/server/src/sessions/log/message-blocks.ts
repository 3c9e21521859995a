/** The content of a message in structure ([HIST-9]). What a tool was given is the agent's own and stays as it came ([NAME-2]). */
import type { MessageBlock } from "../session.ts";
import { blockType, isFields, mediaBytes, mediaType, resultText, textField } from "./content-block.ts";

/** Deeper than any tool's input: what is nested deeper cannot safely be sent between threads or written as JSON. */
const MAX_DEPTH = 200;
const TOO_DEEP = "[omitted: nested too deeply]";

export function messageBlocks(content: string | readonly unknown[]): MessageBlock[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content.map(toBlock);
}

function toBlock(block: unknown): MessageBlock {
  const type = blockType(block);
  if (!isFields(block)) return { type: "unknown", raw_type: type };
  switch (type) {
    case "text":
      return { type, text: textField(block, "text") };
    case "tool_use":
      return { type, id: textField(block, "id"), name: textField(block, "name"), input: toolInput(block["input"]) };
    case "tool_result":
      return {
        type,
        tool_use_id: textField(block, "tool_use_id"),
        is_error: block["is_error"] === true,
        text: resultText(block),
      };
    case "thinking":
      return { type, text: textField(block, "thinking") };
    case "image":
      return { type, media_type: mediaType(block), size_bytes: mediaBytes(block) };
    default:
      return { type: "unknown", raw_type: type };
  }
}

function toolInput(input: unknown): unknown {
  if (input === undefined) return null;
  return isDeeperThan(input, MAX_DEPTH) ? TOO_DEEP : input;
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  for (const inner of Object.values(value)) if (isDeeperThan(inner, depth - 1)) return true;
  return false;
}
