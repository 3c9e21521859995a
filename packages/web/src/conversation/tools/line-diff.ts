/** What an edit changes, line by line, with the words that differ where a line became another one. */
import { diffLines, diffWordsWithSpace } from "diff";

export interface DiffPart {
  readonly text: string;
  readonly isChanged: boolean;
}

export interface DiffLine {
  readonly sort: "same" | "added" | "removed" | "skipped";
  readonly parts: readonly DiffPart[];
}

export interface LineDiff {
  readonly lines: readonly DiffLine[];
  readonly added: number;
  readonly removed: number;
}

/** Lines without change that are shown around a change. */
const CONTEXT = 3;
/** More differences than this are not looked for: everything old goes, everything new comes. */
const MAX_EDITS = 400;
/** Longer lines are not compared word by word. */
const MAX_WORD_LINE = 400;

export function lineDiff(before: string, after: string): LineDiff {
  // A last line without its end would differ from the same line in the middle.
  const [old, next] = [ended(before), ended(after)];
  const changes = diffLines(old, next, { maxEditLength: MAX_EDITS }) ?? [
    { value: old, added: false, removed: true },
    { value: next, added: true, removed: false },
  ];
  const lines: DiffLine[] = [];
  let added = 0;
  let removed = 0;
  for (const [index, change] of changes.entries()) {
    const texts = linesOf(change.value);
    if (change.added) {
      added += texts.length;
      const gone = linesOf(changes[index - 1]?.value ?? "");
      const count = lines.length;
      const isExchange = changes[index - 1]?.removed === true && gone.length === texts.length;
      for (const [at, text] of texts.entries()) {
        const words = isExchange ? wordParts(gone[at] ?? "", text) : undefined;
        const place = count - texts.length + at;
        if (words !== undefined) lines[place] = { sort: "removed", parts: words.before };
        lines.push({ sort: "added", parts: words?.after ?? plain(text) });
      }
    } else if (change.removed) {
      removed += texts.length;
      for (const text of texts) lines.push({ sort: "removed", parts: plain(text) });
    } else {
      const isFirst = index === 0;
      const isLast = index === changes.length - 1;
      for (const line of unchanged(texts, isFirst, isLast)) lines.push(line);
    }
  }
  return { lines, added, removed };
}

function unchanged(texts: readonly string[], isFirst: boolean, isLast: boolean): DiffLine[] {
  const head = isFirst ? 0 : CONTEXT;
  const tail = isLast ? 0 : CONTEXT;
  const same = (text: string): DiffLine => ({ sort: "same", parts: plain(text) });
  if (texts.length <= head + tail + 1) return texts.map(same);
  const skipped = texts.length - head - tail;
  return [
    ...texts.slice(0, head).map(same),
    { sort: "skipped", parts: plain(`${skipped} unchanged lines`) },
    ...texts.slice(texts.length - tail).map(same),
  ];
}

function wordParts(before: string, after: string): { before: DiffPart[]; after: DiffPart[] } | undefined {
  if (before.length > MAX_WORD_LINE || after.length > MAX_WORD_LINE) return undefined;
  const words = diffWordsWithSpace(before, after);
  const kept = words.reduce(
    (sum, { value, added, removed }) => (added || removed ? sum : sum + value.trim().length),
    0,
  );
  // Two lines with hardly a word in common are two lines, not a change.
  if (kept * 3 < Math.min(before.length, after.length)) return undefined;
  return {
    before: words.filter(({ added }) => !added).map(({ value, removed }) => ({ text: value, isChanged: removed })),
    after: words.filter(({ removed }) => !removed).map(({ value, added }) => ({ text: value, isChanged: added })),
  };
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function plain(text: string): DiffPart[] {
  return [{ text, isChanged: false }];
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
