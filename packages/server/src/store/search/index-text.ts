import type { AnalyzedMemory } from "./analyze.ts";

/** Stands between the stems of two tags: no stem, so no phrase reaches from one tag into the next. */
const TAG_SEPARATOR = "¶";

/** What a store keeps of an analysed memory: stems joined by single blanks, one token each for FTS5's `ascii` tokenizer. */
export interface IndexText {
  contentStems: string;
  tagStems: string;
}

/** Encodes an analysed memory for storage, so that ranking and checking never analyse it again. */
export function encodeIndexText(memory: AnalyzedMemory): IndexText {
  return {
    contentStems: memory.content.join(" "),
    tagStems: memory.tags.map((tag) => tag.join(" ")).join(` ${TAG_SEPARATOR} `),
  };
}

/** Reads back what `encodeIndexText` made. Tags without any stem come back as empty texts. */
export function parseIndexText({ contentStems, tagStems }: IndexText): AnalyzedMemory {
  return {
    content: splitStems(contentStems),
    tags: tagStems.split(TAG_SEPARATOR).map((tag) => splitStems(tag.trim())),
  };
}

function splitStems(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}
