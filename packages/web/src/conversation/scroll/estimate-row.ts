import type { ListRow } from "../rows/tail-row.ts";

const LINE = 23;
const GAPS = 20;

/** How high a row will about be, before it was ever drawn at this width. */
export function estimateRow(row: ListRow | undefined, width: number): number {
  if (row === undefined) return 40;
  switch (row.type) {
    case "day":
      return 40;
    case "gap":
      return 60;
    case "work":
    case "summary":
      return 48;
    case "own":
      return linesOf(row.prompt.text, width * 0.8, 18) * LINE + 70;
    case "prompt":
      return linesOf(row.text, width * 0.8, 18) * LINE + 36;
    case "notice":
      return linesOf(row.text, width, 6) * LINE + GAPS;
    default:
      return linesOf(row.text, width, 400) * LINE + GAPS;
  }
}

function linesOf(text: string, width: number, most: number): number {
  const perLine = Math.max(20, width / 7.4);
  let lines = 0;
  for (let start = 0; start <= text.length && lines < most;) {
    const end = text.indexOf("\n", start);
    const length = (end === -1 ? text.length : end) - start;
    lines += Math.max(1, Math.ceil(length / perLine));
    if (end === -1) break;
    start = end + 1;
  }
  return Math.min(lines, most);
}
