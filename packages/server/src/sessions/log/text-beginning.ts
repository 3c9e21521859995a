/** The beginning of a text that stands in a line as a JSON string: enough of it for a list, however long it is. */
import { hasCodePoints } from "./cut-text.ts";
import type { Span } from "./line-row.ts";

/** So many code points of a text are kept for lists. */
export const KEPT_CODE_POINTS = 200;

/** Twelve bytes are the most that a code point takes, written as two escapes. */
const ENOUGH_BYTES = 13 * KEPT_CODE_POINTS;
/** So many bytes are looked at for a place to cut; a text without one is taken whole. */
const CUT_WITHIN_BYTES = 1_024;
const ESCAPE_BYTES = 6;
const BACKSLASH = 0x5c;

/** More of it than is kept, or all. `span`: between its quotes. */
export function textBeginning(bytes: Buffer, { start, end }: Span): string {
  return parsed(bytes, start, cutIn(bytes, start, end));
}

/** Enough of it to say whether it is a prompt that names a session; undefined where only all of it tells. */
export function promptBeginning(bytes: Buffer, { start, end }: Span): string | undefined {
  const cut = cutIn(bytes, start, end);
  const text = parsed(bytes, start, cut);
  return cut === end || hasCodePoints(text.trim(), KEPT_CODE_POINTS) ? text : undefined;
}

function parsed(bytes: Buffer, start: number, end: number): string {
  return JSON.parse(`${bytes.toString("utf8", start - 1, end)}"`) as string;
}

/** A place that is within no escape and no character; `end` when the text is short. */
function cutIn(bytes: Buffer, start: number, end: number): number {
  const from = start + ENOUGH_BYTES;
  const limit = from + CUT_WITHIN_BYTES;
  if (end <= limit) return end;
  let escape = from;
  for (let at = from; at < limit; at++) {
    const byte = bytes[at] ?? 0;
    if (at - escape >= ESCAPE_BYTES && (byte & 0xc0) !== 0x80) return at;
    if (byte === BACKSLASH) escape = at;
  }
  return end;
}
