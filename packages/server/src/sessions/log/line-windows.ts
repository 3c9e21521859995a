import { readBytes } from "./open-file.ts";

const NEWLINE = 0x0a;
const BLOCK_BYTES = 64 * 1024;

/**
 * Where a stretch of whole lines begins that ends at `end` and has about `bytes` bytes: at the first line that begins within
 * them, or, when one line is longer than that, at its beginning.
 */
export function windowStart(fd: number, end: number, bytes: number): number {
  const from = Math.max(0, end - bytes);
  if (from === 0) return 0;
  // The byte before tells whether a line begins exactly there. The newline that ends the stretch is no beginning.
  const newline = findNewline(fd, from - 1, end - 1);
  return newline === -1 ? lastLineStart(fd, from) : newline + 1;
}

/** Where the first line begins that begins at `from` or behind it; `end` when there is none before. */
export function nextLineStart(fd: number, from: number, end: number): number {
  const newline = findNewline(fd, from - 1, end);
  return newline === -1 ? end : newline + 1;
}

/** Offset of the first newline in a stretch, -1 when it has none. */
function findNewline(fd: number, from: number, to: number): number {
  for (let at = from; at < to; at += BLOCK_BYTES) {
    const index = readBytes(fd, at, Math.min(BLOCK_BYTES, to - at)).indexOf(NEWLINE);
    if (index !== -1) return at + index;
  }
  return -1;
}

/** Where the line begins that the byte before `before` belongs to. */
function lastLineStart(fd: number, before: number): number {
  for (let end = before; end > 0;) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const index = readBytes(fd, start, end - start).lastIndexOf(NEWLINE);
    if (index !== -1) return start + index + 1;
    end = start;
  }
  return 0;
}
