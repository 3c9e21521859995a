import type { AnalyzedMemory } from "./analyze.ts";
import type { Alternative, Phrase, SearchQuery } from "./query.ts";

/** Decides exactly whether a memory matches ([MEM-7]): what both stores must agree with ([MEM-9]). */
export function matchesQuery(query: SearchQuery, memory: AnalyzedMemory): boolean {
  const texts = [memory.content, ...memory.tags];
  const stems = new Set(texts.flat());

  function contains(phrase: Phrase): boolean {
    if (!phrase.every((stem) => stems.has(stem))) return false;
    return phrase.length === 1 || texts.some((text) => containsPhrase(text, phrase));
  }

  function fits({ required, excluded }: Alternative): boolean {
    return required.every(contains) && !excluded.some((term) => term.every(contains));
  }

  return query.alternatives.some(fits);
}

/** Tells whether the stems of a phrase stand next to each other, in order, in one text; linear in both lengths. */
export function containsPhrase(text: readonly string[], phrase: Phrase): boolean {
  const overlaps = overlapLengths(phrase);
  let matched = 0;
  for (const stem of text) {
    while (matched > 0 && phrase[matched] !== stem) matched = overlaps[matched - 1] ?? 0;
    if (phrase[matched] === stem) matched++;
    if (matched === phrase.length) return true;
  }
  return phrase.length === 0;
}

/** For each start of the phrase, how much of its end is a start of the phrase again: where to go on after a mismatch. */
function overlapLengths(phrase: Phrase): number[] {
  const lengths = [0];
  let matched = 0;
  for (let i = 1; i < phrase.length; i++) {
    while (matched > 0 && phrase[matched] !== phrase[i]) matched = lengths[matched - 1] ?? 0;
    if (phrase[matched] === phrase[i]) matched++;
    lengths.push(matched);
  }
  return lengths;
}
