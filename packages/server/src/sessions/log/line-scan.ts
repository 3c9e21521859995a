/**
 * Lines of a file between two offsets, split on the byte 0x0A, without copying them: each is shown in a buffer that is used
 * again for the next ones ([HIST-3]). Memory is bounded by the longest line that is read, 64 MiB; longer ones are told as
 * skipped. What stands behind the last newline is given back as it is ([HIST-4]).
 */
import { isAscii } from "node:buffer";
import { readSync } from "node:fs";

export const MAX_LINE_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export interface LineVisitor {
  /**
   * Without its newline. `offset`: of its first byte in the file. `plain`: all of `bytes` that was read as text, where that is
   * plain ASCII, so that a place in the one is the same place in the other. Returns false to stop behind it.
   */
  line(bytes: Buffer, start: number, end: number, offset: number, plain?: string): boolean | undefined;
  /** One over 64 MiB. */
  tooLong(offset: number): void;
}

export interface ScannedLines {
  /** Behind the last newline that was seen. */
  readonly offset: number;
  /** What stands behind it, valid until the next scan; undefined when there is nothing, or too much. */
  readonly rest: Buffer | undefined;
  /** All bytes that were asked for, where one reading brought them, valid until the next scan. */
  readonly whole: Buffer | undefined;
}

/** Lent to one scan at a time: one inside of another (a visitor that looks something up) gets a buffer of its own. */
let spare: Buffer | undefined;

export function scanLines(fd: number, from: number, to: number, visitor: LineVisitor): ScannedLines {
  const lent = spare ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  spare = undefined;
  try {
    return scanWith(lent, { fd, from, to }, visitor);
  } finally {
    spare = lent;
  }
}

function scanWith(
  lent: Buffer,
  { fd, from, to }: { fd: number; from: number; to: number },
  visitor: LineVisitor,
): ScannedLines {
  let buffer = lent;
  /** Where the line begins that is being read. */
  let lineOffset = from;
  /** Offset in the file of the first byte in the buffer: the line's, unless its beginning was thrown away. */
  let base = from;
  let start = 0;
  let filled = 0;
  let searched = 0;
  for (;;) {
    if (start > 0) {
      buffer.copyWithin(0, start, filled);
      base += start;
      filled -= start;
      start = 0;
    }
    searched = filled;
    if (filled > MAX_LINE_BYTES || base !== lineOffset) {
      base += filled;
      filled = searched = 0;
    }
    if (filled === buffer.length) buffer = grown(buffer);
    const wanted = Math.min(buffer.length - filled, to - base - filled);
    const got = wanted > 0 ? readSync(fd, buffer, filled, wanted, base + filled) : 0;
    if (got === 0) break;
    filled += got;
    let plain: string | undefined;
    for (let isFirst = true; ; isFirst = false) {
      const end = buffer.indexOf(NEWLINE, searched);
      if (end === -1 || end >= filled) break;
      if (isFirst) plain = plainText(buffer, filled);
      if (lineOffset !== base + start) visitor.tooLong(lineOffset);
      else if (visitor.line(buffer, start, end, lineOffset, plain) === false) {
        return { offset: base + end + 1, rest: undefined, whole: undefined };
      }
      start = searched = end + 1;
      lineOffset = base + start;
    }
    // Nothing is left to read: what was read stays where it is.
    if (base + filled >= to) break;
  }
  const isWhole = base + start === lineOffset && filled > start;
  return {
    offset: lineOffset,
    rest: isWhole && filled - start <= MAX_LINE_BYTES ? buffer.subarray(start, filled) : undefined,
    whole: base === from && base + filled === to ? buffer.subarray(0, filled) : undefined,
  };
}

/** Decoded at once: that costs far less than a line at a time. */
function plainText(buffer: Buffer, filled: number): string | undefined {
  return isAscii(buffer.subarray(0, filled)) ? buffer.toString("latin1", 0, filled) : undefined;
}

function grown(buffer: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(buffer.length * 2, MAX_LINE_BYTES + CHUNK_BYTES));
  buffer.copy(larger);
  return larger;
}
