import { analyze, analyzeRuns } from "./analyze.ts";

/** Stems that must stand next to each other in one text, in this order; a single word is a phrase of one. */
export type Phrase = readonly string[];

/** One side of an `OR`: all of `required` (at least one), and none of the `excluded` terms with all their phrases. */
export interface Alternative {
  required: readonly Phrase[];
  excluded: readonly (readonly Phrase[])[];
}

/** A query matches when one of its alternatives does; without any it has no searchable word ([MEM-3]). */
export interface SearchQuery {
  alternatives: readonly Alternative[];
}

// A quoted phrase (an unclosed one runs to the end) or what stands between blanks and quotes, each perhaps after a minus.
const TERMS = /(?<not>-?)"(?<phrase>[^"]*)"?|(?<notWord>-?)(?<word>[^\s"]+)/gu;

/**
 * Reads the query syntax of [MEM-7]; every text is a query. A minus excludes only at the start of a term, and then the
 * whole term: `-pre-commit` excludes what `pre-commit` finds. An alternative of exclusions only has no searchable word
 * and finds nothing.
 */
export function parseQuery(text: string): SearchQuery {
  const alternatives: Alternative[] = [];
  let required: Phrase[] = [];
  let excluded: Phrase[][] = [];

  function endAlternative(): void {
    if (required.length > 0) alternatives.push({ required: distinct(required), excluded });
    required = [];
    excluded = [];
  }

  for (const { groups } of text.matchAll(TERMS)) {
    if (groups === undefined) continue;
    const { not, phrase, notWord, word } = groups;
    if (word === "OR" && notWord === "") {
      endAlternative();
      continue;
    }
    const phrases =
      phrase === undefined ? analyzeRuns(word ?? "") : [analyze(phrase)].filter((stems) => stems.length > 0);
    if (phrases.length === 0) continue;
    if (not === "-" || notWord === "-") excluded.push(distinct(phrases));
    else required.push(...phrases);
  }
  endAlternative();
  return { alternatives };
}

/** Tells whether anything can be searched for ([MEM-3]). */
export function isSearchable(query: SearchQuery): boolean {
  return query.alternatives.length > 0;
}

/** The distinct stems a memory can score with ([MEM-8]): all that are not excluded. */
export function positiveStems(query: SearchQuery): ReadonlySet<string> {
  const stems = new Set<string>();
  for (const { required } of query.alternatives) {
    for (const phrase of required) for (const stem of phrase) stems.add(stem);
  }
  return stems;
}

function distinct<P extends Phrase>(phrases: readonly P[]): P[] {
  // Stems contain no blank, so joined phrases are equal only when the phrases are.
  return [...new Map(phrases.map((phrase) => [phrase.join(" "), phrase])).values()];
}
