/**
 * Lines of a file between two offsets, split on the byte 0x0A and looked at by the scanner, without copying them: each is shown
 * in a buffer that is used again for the next ones ([HIST-3]). Lines of white space are passed over. Memory is bounded by the
 * longest line that is read, 64 MiB; longer ones are told as skipped. What stands behind the last newline is given back as it
 * is ([HIST-4]).
 */
import { readSync } from "node:fs";
import type { LineRow } from "./line-row.ts";
import { INPUT, LineScanner } from "./line-scanner.ts";

export const MAX_LINE_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export interface LineVisitor {
  /** A line, valid until `leave`. `offset`: of its first byte in the file. Returns false to stop behind it. */
  line(line: LineRow, offset: number): boolean | undefined;
  /** One over 64 MiB. */
  tooLong(offset: number): void;
  /** The bytes of the lines that were shown are about to go. */
  leave?(): void;
}

export interface ScannedLines {
  /** Behind the last newline that was seen. */
  readonly offset: number;
  /** What stands behind it, valid until the next scan; undefined when there is nothing, or too much. */
  readonly rest: Buffer | undefined;
  /** All bytes that were asked for, where one reading brought them, valid until the next scan. */
  readonly whole: Buffer | undefined;
}

/** Lent to one scan at a time: one inside of another (a visitor that looks something up) gets one of its own. */
let spare: LineScanner | undefined;

export function scanLines(fd: number, from: number, to: number, visitor: LineVisitor): ScannedLines {
  const scanner = spare ?? new LineScanner(CHUNK_BYTES);
  spare = undefined;
  const { limit } = scanner;
  try {
    return scanWith(scanner, { fd, from, to }, visitor);
  } finally {
    // One that had to grow is let go: its memory does not shrink.
    if (scanner.limit === limit) spare = scanner;
  }
}

function scanWith(
  scanner: LineScanner,
  { fd, from, to }: { fd: number; from: number; to: number },
  visitor: LineVisitor,
): ScannedLines {
  /** Where the line begins that is being read. */
  let lineOffset = from;
  /** Offset in the file of what stands at `INPUT`: the line's, unless its beginning was thrown away. */
  let base = from;
  let start = INPUT;
  let filled = INPUT;
  for (;;) {
    if (start > INPUT) {
      scanner.bytes.copyWithin(INPUT, start, filled);
      base += start - INPUT;
      filled -= start - INPUT;
      start = INPUT;
    }
    if (filled - INPUT > MAX_LINE_BYTES || base !== lineOffset) {
      base += filled - INPUT;
      filled = INPUT;
    }
    if (filled === scanner.limit) scanner.grow(grownCapacity(filled - INPUT));
    const { bytes, limit } = scanner;
    const offset = base + filled - INPUT;
    const wanted = Math.min(limit - filled, to - offset);
    const got = wanted > 0 ? readSync(fd, bytes, filled, wanted, offset) : 0;
    if (got === 0) break;
    const read = bytes.subarray(filled, filled + got);
    const linesEnd = filled + read.lastIndexOf(NEWLINE) + 1;
    const hasLines = linesEnd > filled;
    if (hasLines && base !== lineOffset) {
      visitor.tooLong(lineOffset);
      start = filled + read.indexOf(NEWLINE) + 1;
    }
    filled += got;
    if (hasLines) {
      const stop = showLines(scanner, { from: start, to: linesEnd, shift: base - INPUT }, visitor);
      visitor.leave?.();
      if (stop !== undefined) return { offset: stop, rest: undefined, whole: undefined };
      start = linesEnd;
      lineOffset = base + start - INPUT;
    }
    // Nothing is left to read: what was read stays where it is.
    if (offset + got >= to) break;
  }
  const { bytes } = scanner;
  const isWhole = base + start - INPUT === lineOffset && filled > start;
  return {
    offset: lineOffset,
    rest: isWhole && filled - start <= MAX_LINE_BYTES ? bytes.subarray(start, filled) : undefined,
    whole: base === from && base + filled - INPUT === to ? bytes.subarray(INPUT, filled) : undefined,
  };
}

/** Returns where to go on in the file when the visitor wants no more. `shift`: from a place in the buffer to one in the file. */
function showLines(
  scanner: LineScanner,
  { from, to, shift }: { from: number; to: number; shift: number },
  visitor: LineVisitor,
): number | undefined {
  for (let at = from; at < to; at = scanner.stopped) {
    const rows = scanner.scan(at, to);
    for (let index = 0; index < rows; index++) {
      const line = scanner.row(index);
      const { start, end } = line;
      if (end - start > MAX_LINE_BYTES) visitor.tooLong(start + shift);
      else if (visitor.line(line, start + shift) === false) return end + shift + 1;
    }
  }
  return undefined;
}

function grownCapacity(capacity: number): number {
  return Math.min(capacity * 2, MAX_LINE_BYTES + CHUNK_BYTES);
}
