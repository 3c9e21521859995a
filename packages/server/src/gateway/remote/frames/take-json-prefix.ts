import { splitByJson } from "./split-by-json.ts";

/**
 * A page of a text that is given as UTF-8: from `offset` bytes on, moved back to the beginning of a character, as much as
 * takes at most `maxJsonBytes` in JSON; at least one character while there is one. `bytes` is what it covers from `offset`.
 */
export function takeJsonPrefix(whole: Buffer, offset: number, maxJsonBytes: number): { text: string; bytes: number } {
  let start = Math.min(offset, whole.length);
  while (start > 0 && isContinuation(whole[start])) start--;
  let end = Math.min(whole.length, start + Math.max(maxJsonBytes, 4));
  while (end < whole.length && isContinuation(whole[end])) end--;
  const [text = ""] = splitByJson(whole.toString("utf8", start, end), maxJsonBytes);
  return { text, bytes: start + Buffer.byteLength(text) - offset };
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
