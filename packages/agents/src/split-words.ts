/**
 * Splits a command line into words as a shell would, without any of its expansions: white space separates, single and
 * double quotes keep it, a backslash takes the next character as it is (within double quotes only `"` and `\`).
 * Undefined when a quote is not closed.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < line.length; index += 1) {
    const char = line.charAt(index);
    if (char === "\\" && quote !== "'") {
      const next = line.charAt(index + 1);
      if (quote === '"' && next !== '"' && next !== "\\") word = (word ?? "") + char;
      else {
        word = (word ?? "") + next;
        index += 1;
      }
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? "") + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
