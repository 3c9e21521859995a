import { balanced } from "./balanced.ts";
import type { Alternative, Phrase, SearchQuery } from "./query.ts";

/** The tokenizer of the FTS5 table: it splits at the blanks of an `IndexText` and leaves every stem as it is. */
export const FTS5_TOKENIZER = "ascii";

/**
 * The MATCH expression over an FTS5 table whose columns hold an `IndexText` (`detail=full`); `null` when nothing is
 * searchable. It finds exactly what `matchesQuery` finds ([MEM-9]).
 */
export function toFts5Query(query: SearchQuery): string | null {
  if (query.alternatives.length === 0) return null;
  return balanced(query.alternatives.map(alternativeText), "OR");
}

function alternativeText({ required, excluded }: Alternative): string {
  if (excluded.length === 0) return allOf(required);
  return `(${allOf(required)} NOT ${balanced(excluded.map(allOf), "OR")})`;
}

function allOf(phrases: readonly Phrase[]): string {
  return balanced(phrases.map(phraseText), "AND");
}

/** Stems are letters, digits and the mark of a long stem: nothing in them can end a quoted string. */
function phraseText(phrase: Phrase): string {
  return `"${phrase.join(" ")}"`;
}
