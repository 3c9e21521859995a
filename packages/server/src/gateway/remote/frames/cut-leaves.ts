import { REMOTE_LIMITS, truncateMiddle, utf8Bytes } from "@parlatory/protocol/remote";
import { jsonBytes } from "./cut-strings.ts";

const LEAST_LEAF_BYTES = 256;

/**
 * A relayed value whose JSON takes at most `maxJsonBytes`: its string leaves are cut to a common limit that is halved until
 * it fits; failing that, whole leaves from the largest give way to a note of their size ([TRUNC-5]). Keys, numbers and
 * structure stay; where they alone are too much, the note stands for the whole value.
 */
export function cutLeaves(value: unknown, maxJsonBytes: number): unknown {
  let shown = value;
  for (let limit: number = REMOTE_LIMITS.messageTextBytes; limit >= LEAST_LEAF_BYTES; limit /= 2) {
    shown = mapLeaves(value, (leaf) => truncateMiddle(leaf, limit));
    if (jsonBytes(shown) <= maxJsonBytes) return shown;
  }
  return omitLargest(shown, value, maxJsonBytes);
}

function omitLargest(cut: unknown, whole: unknown, maxJsonBytes: number): unknown {
  const sizes: number[] = [];
  mapLeaves(whole, (leaf) => (sizes.push(utf8Bytes(leaf)), leaf));
  const gains: { index: number; gain: number; note: string }[] = [];
  let index = 0;
  mapLeaves(cut, (leaf) => {
    const note = `[omitted ${sizes[index] ?? 0} bytes]`;
    gains.push({ index, gain: jsonBytes(leaf) - jsonBytes(note), note });
    index++;
    return leaf;
  });
  gains.sort((a, b) => b.gain - a.gain);
  let excess = jsonBytes(cut) - maxJsonBytes;
  const notes = new Map<number, string>();
  for (const { index: at, gain, note } of gains) {
    if (excess <= 0 || gain <= 0) break;
    notes.set(at, note);
    excess -= gain;
  }
  if (excess > 0) return `[omitted ${jsonBytes(whole)} bytes]`;
  let at = 0;
  return mapLeaves(cut, (leaf) => notes.get(at++) ?? leaf);
}

/** Visits the strings of a value in order; keys are no leaves. */
function mapLeaves(value: unknown, change: (leaf: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  // Entries, not assignments: a key named `__proto__` is data like any other.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapLeaves(inner, change)]));
}
