/** Looking for words in what is loaded of a conversation. */
import { textOfStep } from "../tools/tool-facts.ts";
import type { TimelineRow, WorkRow } from "../timeline/timeline-row.ts";

const workTexts = new WeakMap<WorkRow, string>();

/** The keys of the rows that hold the words, oldest first; upper and lower case are one. */
export function findRows(rows: readonly TimelineRow[], words: string): readonly string[] {
  const pattern = patternOf(words);
  if (pattern === undefined) return [];
  return rows.flatMap((row) => (pattern.test(textOfRow(row)) ? [row.key] : []));
}

/** What has to be unfolded for the words to be seen in a row, by the names that folds have. */
export function foldsOver(row: TimelineRow, words: string): readonly string[] {
  const pattern = patternOf(words);
  if (pattern === undefined) return [];
  if (row.type === "summary") return [row.key];
  if (row.type !== "work") return [`${row.key}/all`];
  const steps = row.steps.filter((step) => pattern.test(textOfStep(step)));
  return [row.key, ...steps.flatMap(({ key }) => [key, `${key}/out/all`, `${key}/prompt/all`])];
}

/** Undefined for what would be found everywhere. */
function patternOf(words: string): RegExp | undefined {
  const wanted = words.trim();
  return wanted === "" ? undefined : new RegExp(wanted.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`), "iu");
}

function textOfRow(row: TimelineRow): string {
  if (row.type === "day" || row.type === "gap") return "";
  if (row.type !== "work") return row.text;
  const known = workTexts.get(row);
  if (known !== undefined) return known;
  const text = row.steps.map(textOfStep).join("\n");
  workTexts.set(row, text);
  return text;
}
