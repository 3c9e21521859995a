/** Long enough to sound whole, short enough that a stop or a skip is felt, and that no browser gives up in the middle. */
const longest = 220;

/** A text in pieces to be said one after the other; markup that is not meant to be heard is left out. */
export function splitSentences(text: string, language: string): readonly string[] {
  const segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
  const sentences: string[] = [];
  for (const paragraph of withoutMarkup(text).split(/\n+/u)) {
    for (const { segment } of segmenter.segment(paragraph)) {
      const sentence = segment.replaceAll(/\s+/gu, " ").trim();
      if (/[\p{L}\p{N}]/u.test(sentence)) sentences.push(...cutLong(sentence));
    }
  }
  return sentences;
}

function withoutMarkup(text: string): string {
  return text
    .replaceAll(/!?\[([^\]\n]*)\]\([^)\n]*\)/gu, "$1")
    .replaceAll(/https?:\/\/\S+/gu, "a link")
    .replaceAll(/^ {0,3}(?:#{1,6}|>|[-*+]|\d+[.)])\s+/gmu, "")
    .replaceAll(/^[ \t:|-]+$/gmu, "")
    .replaceAll(/[*_~`|]+/gu, " ");
}

function cutLong(sentence: string): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > longest) {
    const cut = Math.max(rest.lastIndexOf(", ", longest) + 1, rest.lastIndexOf("; ", longest) + 1);
    const at = cut > longest / 3 ? cut : rest.lastIndexOf(" ", longest);
    const end = at > 0 ? at : longest;
    pieces.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return rest === "" ? pieces : [...pieces, rest];
}
