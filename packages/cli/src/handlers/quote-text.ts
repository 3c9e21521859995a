const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Control, format, surrogate, private, unassigned; separators, of which only the space is printed. */
const unprintable = /[\p{C}\p{Z}]/gu;

/**
 * Q(text) of [CMD-exec-command-4]: `text` in single quotes, or in double quotes when it has a single one and no double
 * one, with everything that cannot be printed escaped. Always one line.
 */
export function quoteText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll(quote, `\\${quote}`)
    .replace(unprintable, (character) => (character === " " ? character : (named[character] ?? escapeCode(character))));
  return `${quote}${escaped}${quote}`;
}

function escapeCode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const [letter, digits] = code <= 0xff ? ["x", 2] : code <= 0xffff ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).padStart(digits, "0")}`;
}
