import type { StyledSpan } from "./terminal-line.ts";
import type { TerminalStyle } from "./terminal-style.ts";

export interface LinePiece {
  readonly text: string;
  readonly style: TerminalStyle | undefined;
  /** Index of the match it belongs to, in the order of the line. */
  readonly match: number | undefined;
}

/** A line in pieces of one look each, where colours and what was searched for overlap. */
export function toLinePieces(
  text: string,
  spans: readonly StyledSpan[],
  matches: readonly { readonly start: number; readonly end: number }[],
): LinePiece[] {
  const edges = new Set([0, text.length]);
  for (const { start, end } of [...spans, ...matches]) {
    edges.add(Math.min(start, text.length));
    edges.add(Math.min(end, text.length));
  }
  const sorted = [...edges].toSorted((left, right) => left - right);
  const pieces: LinePiece[] = [];
  let span = 0;
  let match = 0;
  for (const [index, start] of sorted.slice(0, -1).entries()) {
    const end = sorted[index + 1] ?? text.length;
    while ((spans[span]?.end ?? Infinity) <= start) span += 1;
    while ((matches[match]?.end ?? Infinity) <= start) match += 1;
    const style = (spans[span]?.start ?? Infinity) <= start ? spans[span]?.style : undefined;
    const isMatch = (matches[match]?.start ?? Infinity) <= start;
    pieces.push({ text: text.slice(start, end), style, match: isMatch ? match : undefined });
  }
  return pieces;
}
