/**
 * Translates analysed memories and queries for PostgreSQL, whose tsvector keeps at most 16,383 positions and 255 a lexeme.
 * A memory beyond that is indexed without positions and carries a mark; a query lets marked memories pass wherever a
 * phrase decides, so the engine answers a superset and `matchesQuery` decides.
 */
import type { AnalyzedMemory } from "./analyze.ts";
import { balanced } from "./balanced.ts";
import type { Alternative, Phrase, SearchQuery } from "./query.ts";

/** Lexeme of memories indexed without positions. No stem, so no query word finds it. */
const NO_POSITIONS = "¶";

const MAX_POSITION = 16_383;
const MAX_POSITIONS_PER_LEXEME = 255;

// A GIN search takes quadratic time over its keys, and a query may fill a frame. What is left out here, the check decides.
const MAX_PHRASE_STEMS = 16;
const MAX_TERMS = 32;
const MAX_ALTERNATIVES = 64;

/** The tsvector literal of a memory: its content, then its tags, with a gap before each that no phrase bridges. */
export function toTsVectorText(memory: AnalyzedMemory): string {
  const positions = new Map<string, number[]>();
  let next = 1;
  let fits = true;
  for (const text of [memory.content, ...memory.tags]) {
    for (const stem of text) {
      const known = positions.get(stem);
      if (known === undefined) positions.set(stem, [next]);
      else known.push(next);
      fits &&= next <= MAX_POSITION && (known?.length ?? 1) <= MAX_POSITIONS_PER_LEXEME;
      next++;
    }
    next++;
  }
  if (!fits) return [NO_POSITIONS, ...positions.keys()].map(lexeme).join(" ");
  return [...positions].map(([stem, at]) => `${lexeme(stem)}:${at.join(",")}`).join(" ");
}

export interface TsQuery {
  /** Texts for casts to `tsquery`. A memory is found when any of them matches; join them by OR, so that each uses the index. */
  texts: readonly string[];
  /** True when the engine may find more than it should: check each result with `matchesQuery`. Never fewer. */
  needsCheck: boolean;
}

/** The tsqueries of a query; `null` when nothing is searchable ([MEM-9]). */
export function toTsQuery(query: SearchQuery): TsQuery | null {
  if (query.alternatives.length === 0) return null;
  const texts: string[] = [];
  for (let at = 0; at < query.alternatives.length; at += MAX_ALTERNATIVES) {
    texts.push(balanced(query.alternatives.slice(at, at + MAX_ALTERNATIVES).map(alternativeText), "|"));
  }
  return { texts, needsCheck: query.alternatives.some(mayOvermatch) };
}

function mayOvermatch({ required, excluded }: Alternative): boolean {
  if (required.length > MAX_TERMS || excluded.length > MAX_TERMS) return true;
  return (
    [...required, ...excluded.flat()].some((phrase) => phrase.length > 1) ||
    excluded.some((term) => term.length > MAX_TERMS)
  );
}

function alternativeText({ required, excluded }: Alternative): string {
  const refused = excluded.slice(0, MAX_TERMS).flatMap((term) => {
    const text = surelyContains(term);
    return text === undefined ? [] : [`!${text}`];
  });
  return balanced([...required.slice(0, MAX_TERMS).map(mayContain), ...refused], "&");
}

/** True for every memory that contains the phrase, and perhaps for others. */
function mayContain(phrase: Phrase): string {
  const start = phrase.slice(0, MAX_PHRASE_STEMS);
  const words = balanced([...new Set(start)].map(lexeme), "&");
  if (phrase.length === 1) return words;
  return `(${words} & (${adjacent(start)} | ${lexeme(NO_POSITIONS)}))`;
}

/** True only for memories that contain all these phrases, though perhaps not for all of them; `undefined` if for none. */
function surelyContains(phrases: readonly Phrase[]): string | undefined {
  if (phrases.length > MAX_TERMS || phrases.some((phrase) => phrase.length > MAX_PHRASE_STEMS)) return undefined;
  const parts = phrases.map((phrase) => (phrase.length === 1 ? phrase.map(lexeme).join("") : adjacent(phrase)));
  if (phrases.some((phrase) => phrase.length > 1)) parts.push(`!${lexeme(NO_POSITIONS)}`);
  return balanced(parts, "&");
}

function adjacent(phrase: Phrase): string {
  return `(${phrase.map(lexeme).join(" <-> ")})`;
}

/** Stems are letters, digits and the mark of a long stem: nothing in them can end a quoted lexeme. */
function lexeme(stem: string): string {
  return `'${stem}'`;
}
