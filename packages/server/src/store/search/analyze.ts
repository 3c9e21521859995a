import { createHash } from "node:crypto";
import { stem } from "porter2";
import { STOP_WORDS } from "./stop-words.ts";

/** A memory as search sees it: stems in order, their index being their position; each tag is a text of its own ([MEM-6]). */
export interface AnalyzedMemory {
  content: readonly string[];
  tags: readonly (readonly string[])[];
}

// Letters and digits; those of Han, Hiragana and Katakana stand alone (with their sound marks and the number zero).
const RUNS =
  /(?<ideographs>[[\p{L}\p{Nl}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}]]+)|[[\p{L}\p{Nd}]--[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}]]+/gv;

const NOT_ASCII = /[^\x00-\x7f]/;
const MARKS = /\p{M}+/gu;

// Today's Snowball definition keeps the double letter of words such as add, err and egg; the package is of before that.
const SHORT_DOUBLE = /^([aeo](?:bb|dd|ff|gg|mm|nn|pp|rr|tt))(?:ed|edly|ing|ingly)$/;

/** Longest stem kept as it is, in bytes: what both engines index without trouble. */
const MAX_STEM_BYTES = 255;

/** Starts the stand-in of a longer stem. It is no letter or digit, so no text analyses to it. */
const LONG_STEM_MARK = "§";

/** The stems of a text in order ([MEM-6]). Stop words are dropped before positions are counted. */
export function analyze(text: string): string[] {
  return analyzeRuns(text).flat();
}

/** The stems of a memory's content and of each of its tags ([MEM-6]). */
export function analyzeMemory(memory: { content: string; tags: readonly string[] }): AnalyzedMemory {
  return { content: analyze(memory.content), tags: memory.tags.map(analyze) };
}

/** As `analyze`, but stems of adjacent Han or Kana characters come together, every other stem alone ([MEM-7]). */
export function analyzeRuns(text: string): string[][] {
  const plain = NOT_ASCII.test(text) ? text.normalize("NFKD").replace(MARKS, "") : text;
  const runs: string[][] = [];
  for (const match of plain.matchAll(RUNS)) {
    if (match.groups?.["ideographs"] !== undefined) {
      runs.push([...match[0]]);
      continue;
    }
    // Lower case word by word: the small Greek sigma depends on what surrounds it.
    const word = match[0].toLowerCase();
    if (!STOP_WORDS.has(word)) runs.push([boundedStem(word)]);
  }
  return runs;
}

function boundedStem(word: string): string {
  const stemmed = SHORT_DOUBLE.exec(word)?.[1] ?? stem(word);
  // Three bytes a code unit is the most UTF-8 needs, so short words are not measured.
  if (stemmed.length * 3 <= MAX_STEM_BYTES || Buffer.byteLength(stemmed) <= MAX_STEM_BYTES) return stemmed;
  return LONG_STEM_MARK + createHash("sha256").update(stemmed).digest("hex");
}
