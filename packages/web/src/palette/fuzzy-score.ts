/**
 * How well a text answers a query whose letters stand in it in this order; undefined when they do not. More for letters that
 * follow each other or begin a word, less for what is between.
 */
export function fuzzyScore(query: string, text: string): number | undefined {
  const wanted = query.toLowerCase().replaceAll(/\s+/g, "");
  const lower = text.toLowerCase();
  if (wanted === "") return 0;
  const whole = lower.indexOf(query.toLowerCase().trim());
  if (whole !== -1) return 1_000 - whole + (isWordStart(text, whole) ? 200 : 0) - lower.length / 100;
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    const next = lower.indexOf(letter, at + 1);
    if (next === -1) return undefined;
    score += next === at + 1 ? 8 : isWordStart(text, next) ? 6 : 1 - Math.min(3, next - at) / 4;
    at = next;
  }
  return score - lower.length / 100;
}

function isWordStart(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text[at - 1] ?? "";
  const letter = text[at] ?? "";
  return /[^\p{L}\p{N}]/u.test(before) || (/\p{Lu}/u.test(letter) && /\p{Ll}/u.test(before));
}
