import type { RemoteMessageItem } from "@parlatory/protocol/remote";

/** Lines that stand for something that is no text of the agent ([HIST-7]). */
const standIn = /^\[(?:Tool|Result|Error|Thinking|Image|Document)(?:: [^\n]*)?\]$/u;
const openingFence = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/u;

/**
 * What a voice client says of a message: the agent's own words of a reply that was pushed as it happened, without code
 * blocks. Undefined for everything else: history, tools, answers that are replayed ([CLIENT-7]).
 */
export function spokenText(message: RemoteMessageItem, { isLive }: { readonly isLive: boolean }): string | undefined {
  if (!isLive || message.role !== "assistant" || message.kind !== "reply") return undefined;
  const words = withoutCodeBlocks(ownWords(message))
    .replace(/\n{3,}/gu, "\n\n")
    .trim();
  return words === "" ? undefined : words;
}

function ownWords(message: RemoteMessageItem): string {
  if (message.blocks !== undefined) {
    return message.blocks.flatMap((block) => (block.type === "text" ? block.text : [])).join("\n\n");
  }
  // Blocks are joined by one blank line; inside a text such a line could only be the agent's own by chance.
  return message.text
    .split("\n\n")
    .filter((part) => !standIn.test(part))
    .join("\n\n");
}

/** Fenced blocks, an unclosed one up to the end. */
function withoutCodeBlocks(text: string): string {
  const kept: string[] = [];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    if (fence === undefined) {
      fence = openingFence.exec(line)?.[1];
      if (fence === undefined) kept.push(line);
    } else if (closes(fence, line)) {
      fence = undefined;
    }
  }
  return kept.join("\n");
}

/** A closing fence is of the same sort, at least as long, and alone on its line. */
function closes(fence: string, line: string): boolean {
  const found = /^ {0,3}(`{3,}|~{3,})[ \t]*\r?$/u.exec(line)?.[1];
  return found !== undefined && found[0] === fence[0] && found.length >= fence.length;
}
