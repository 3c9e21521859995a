/** `text` of a message from its content ([HIST-7]). */
import { blockType, isFields, mediaType, resultText, sizeOf, textField, type Fields } from "./content-block.ts";
import { cutToCodePoints, oneLine } from "./cut-text.ts";

const DETAIL_CHARS = 80;
const ERROR_CHARS = 120;
/** Inputs of tools that say best what a call is about, best first. */
const tellingInputs = ["command", "file_path", "path", "pattern", "query", "url", "description", "prompt"] as const;

export function renderText(content: string | readonly unknown[]): string {
  if (typeof content === "string") return content;
  const parts: string[] = [];
  for (const block of content) {
    const part = renderBlock(block);
    if (part !== "") parts.push(part);
  }
  return parts.join("\n\n");
}

function renderBlock(block: unknown): string {
  const type = blockType(block);
  if (!isFields(block)) return `[${type}]`;
  switch (type) {
    case "text":
      return textField(block, "text");
    case "tool_use":
      return labelled(`Tool: ${textField(block, "name")}`, toolDetail(block["input"]), " ");
    case "tool_result":
      return renderResult(block);
    case "thinking":
      return labelled("Thinking", detail(textField(block, "thinking"), DETAIL_CHARS), ": ");
    case "image":
      return labelled("Image", mediaType(block), ": ");
    case "document": {
      const title = textField(block, "title");
      return labelled("Document", title === "" ? mediaType(block) : title, ": ");
    }
    default:
      return `[${type}]`;
  }
}

function renderResult(block: Fields): string {
  const text = resultText(block);
  if (block["is_error"] !== true) return `[Result: ${sizeOf(text)}]`;
  const [firstLine = ""] = text.trimStart().split("\n", 1);
  return labelled("Error", detail(firstLine, ERROR_CHARS), ": ");
}

function toolDetail(input: unknown): string {
  return detail(tellingInput(input), DETAIL_CHARS);
}

/** The one input of a tool that tells most about a call; "" when none is a text. */
export function tellingInput(input: unknown): string {
  if (!isFields(input)) return "";
  for (const name of tellingInputs) {
    const value = input[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return Object.values(input).find((value) => typeof value === "string") ?? "";
}

function detail(text: string, chars: number): string {
  // A detail shows the beginning of what may be megabytes: white space is looked at only as far as it can matter.
  const beginning = text.length > chars * 64 ? text.slice(0, chars * 64) : text;
  return cutToCodePoints(oneLine(beginning), chars);
}

function labelled(label: string, text: string, separator: string): string {
  return text === "" ? `[${label}]` : `[${label}${separator}${text}]`;
}
