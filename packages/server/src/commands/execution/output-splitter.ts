/**
 * Cuts the bytes of one stream into lines ([CMD-11]). It works on the raw bytes and decodes many lines at once: a newline is
 * never a part of another character, so lines decoded together are what each would be alone. Where the chunks of the stream
 * begin and end changes nothing about the result.
 */
import { isUtf8 } from "node:buffer";

/** Lines, or one piece of a line, in the order of the stream. */
export interface OutputBlock {
  /** Valid UTF-8; every line or piece is ended by a newline, and there is no other newline. */
  readonly bytes: Buffer;
  /** The same lines without their newlines. Never empty. */
  readonly texts: readonly string[];
  /** The first of them goes on with the line that the block before left unfinished. */
  readonly isContinued: boolean;
  /** It is one piece, and the same line goes on in the next block. */
  readonly isUnfinished: boolean;
}

const NEWLINE = 0x0a;
const NO_BYTES = Buffer.alloc(0);
const NEWLINE_BYTES = Buffer.from("\n");

export class OutputSplitter {
  readonly #maxLineBytes: number;
  /** The unfinished line: `#heldBytes` bytes at the front of `#held`. */
  #held = NO_BYTES;
  #heldBytes = 0;
  #isInsideLine = false;

  /** A line longer than `maxLineBytes` comes in pieces of at most that many bytes. */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Calls `emit` for what `chunk` completes. The bytes of a block may be those of `chunk`: they are the callee's to copy. */
  push(chunk: Buffer, emit: (block: OutputBlock) => void): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      // Only the line that was begun before is copied together.
      const first = this.#heldBytes === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
      if (first > 0) this.#emitAll(this.#takeHeldWith(chunk.subarray(0, first)), emit);
      if (first < end) this.#emitAll(chunk.subarray(first, end), emit);
    }
    this.#hold(chunk.subarray(end));
    if (this.#heldBytes > this.#maxLineBytes) this.#hold(this.#emitPieces(this.#takeHeldWith(NO_BYTES), emit));
  }

  /** What the stream left unfinished is its last line. */
  end(emit: (block: OutputBlock) => void): void {
    if (this.#heldBytes > 0 || this.#isInsideLine) this.#emitLines(this.#takeHeldWith(NEWLINE_BYTES), emit);
  }

  #emitAll(lines: Buffer, emit: (block: OutputBlock) => void): void {
    if (lines.length <= this.#maxLineBytes) this.#emitLines(lines, emit);
    else this.#emitLongLines(lines, emit);
  }

  /** Lines of which some may be too long for one piece. */
  #emitLongLines(lines: Buffer, emit: (block: OutputBlock) => void): void {
    let start = 0;
    for (let at = 0; at < lines.length;) {
      const end = lines.indexOf(NEWLINE, at) + 1;
      if (end - 1 - at > this.#maxLineBytes) {
        if (at > start) this.#emitLines(lines.subarray(start, at), emit);
        const rest = this.#emitPieces(lines.subarray(at, end - 1), emit);
        this.#emitLines(lines.subarray(end - 1 - rest.length, end), emit);
        start = end;
      }
      at = end;
    }
    if (start < lines.length) this.#emitLines(lines.subarray(start), emit);
  }

  /** Pieces of an unfinished line, as many as are full; answers what is left of it, which is never nothing. */
  #emitPieces(line: Buffer, emit: (block: OutputBlock) => void): Buffer {
    let rest = line;
    while (rest.length > this.#maxLineBytes) {
      const cut = cutBefore(rest, this.#maxLineBytes);
      this.#emit(Buffer.concat([rest.subarray(0, cut), NEWLINE_BYTES]), true, emit);
      rest = rest.subarray(cut);
    }
    return rest;
  }

  #emitLines(lines: Buffer, emit: (block: OutputBlock) => void): void {
    const hasReturns = lines.includes("\r\n");
    this.#emit(hasReturns ? Buffer.from(lines.toString().replaceAll("\r\n", "\n")) : lines, false, emit);
  }

  #emit(lines: Buffer, isUnfinished: boolean, emit: (block: OutputBlock) => void): void {
    const bytes = isUtf8(lines) ? lines : Buffer.from(lines.toString());
    const texts = bytes.toString().split("\n");
    texts.pop();
    const isContinued = this.#isInsideLine;
    this.#isInsideLine = isUnfinished;
    emit({ bytes, texts, isContinued, isUnfinished });
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const needed = this.#heldBytes + bytes.length;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#held.length * 2));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldBytes);
    this.#heldBytes = needed;
  }

  #takeHeldWith(more: Buffer): Buffer {
    const all = Buffer.concat([this.#held.subarray(0, this.#heldBytes), more]);
    this.#heldBytes = 0;
    if (this.#held.length > 65_536) this.#held = NO_BYTES;
    return all;
  }
}

/** The last place at or before `at` where both sides decode to what they are together. */
function cutBefore(bytes: Buffer, at: number): number {
  // A character has at most three bytes behind its first; where there are more, none of them belongs to one.
  for (let back = 0; back <= 3 && at - back > 0; back++) {
    if (((bytes[at - back] ?? 0) & 0xc0) !== 0x80) return at - back;
  }
  return at;
}
