// White space of [RTE-2]; narrower and wider than \s: U+FEFF is not in it, U+001C to U+001F and U+0085 are.
const word = /[^\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;

/** The words of `text`, in order: maximal runs of characters outside the white-space set of [RTE-2]. */
export function splitWords(text: string): string[] {
  return text.match(word) ?? [];
}

/** How many words [RTE-2] `text` has. */
export function countWords(text: string): number {
  return splitWords(text).length;
}
