/**
 * A log, line by line, without a line ever being held as a whole ([CMDHIST-1]). Reads in parts and gives way between them.
 * A line without a marker, which only damage leaves behind, is told as one of stdout.
 */
import type { FileHandle } from "node:fs/promises";
import type { OutputStream } from "./log-buffer.ts";

export interface LogVisitor {
  /** A line begins; its text is at `at` of the file. */
  onBegin(stream: OutputStream, isContinuation: boolean, at: number): void;
  /** Some of its text, valid during the call. */
  onText(bytes: Buffer, from: number, to: number): void;
  /** It ends with the newline at `at`, or with the file. */
  onEnd(at: number): void;
}

const NEWLINE = 0x0a;
const PLUS = 0x2b;
const LETTER_E = 0x65;
const PART_BYTES = 256 * 1024;
const NAME = Buffer.from("[std");
/** Length of `[stdout] `; a continuation's marker has one more. */
const MARKER_BYTES = 9;
const LONGEST_MARKER_BYTES = MARKER_BYTES + 1;

/** The first `size` bytes of the file. */
export async function walkLog(file: FileHandle, size: number, visitor: LogVisitor): Promise<void> {
  const part = Buffer.allocUnsafeSlow(PART_BYTES);
  let isInside = false;
  /** Bytes at the front of `part` that were not enough to tell a marker. */
  let kept = 0;
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(part, kept, Math.min(PART_BYTES - kept, size - at), at);
    if (bytesRead === 0) break;
    const base = at - kept;
    const length = kept + bytesRead;
    at += bytesRead;
    const isLast = at >= size;
    let i = 0;
    while (i < length) {
      if (!isInside) {
        if (length - i < LONGEST_MARKER_BYTES && !isLast) break;
        // A marker that a crash tore.
        if (length - i < MARKER_BYTES && !part.subarray(i, length).includes(NEWLINE)) break;
        const hasMarker = part.compare(NAME, 0, NAME.length, i, Math.min(i + NAME.length, length)) === 0;
        const isContinuation = hasMarker && part[i + 7] === PLUS;
        const stream = hasMarker && part[i + 4] === LETTER_E ? "stderr" : "stdout";
        i = Math.min(length, i + (hasMarker ? MARKER_BYTES + (isContinuation ? 1 : 0) : 0));
        visitor.onBegin(stream, isContinuation, base + i);
        isInside = true;
      }
      const newline = part.indexOf(NEWLINE, i);
      const end = newline < 0 || newline >= length ? length : newline;
      if (end > i) visitor.onText(part, i, end);
      i = end;
      if (end === length) break;
      visitor.onEnd(base + end);
      isInside = false;
      i++;
    }
    kept = length - i;
    if (kept > 0) part.copy(part, 0, i, length);
  }
  if (isInside) visitor.onEnd(size);
}
