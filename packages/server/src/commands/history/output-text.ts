/**
 * The output of a command as text, read from its log ([CMDHIST-7], [CMDHIST-8]): markers removed, pieces of a line joined
 * where the line began, cut in the middle to what is served. A log of 100 MB is never in memory.
 */
import { readSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { OutputStream } from "./log-buffer.ts";
import { walkLog, type LogVisitor } from "./log-walk.ts";
import { MiddleCut } from "./middle-cut.ts";
import { MovedPieces } from "./moved-pieces.ts";

export interface OutputText {
  /** Valid UTF-8. */
  readonly text: Buffer;
  /** Something is missing in the middle. */
  readonly isCut: boolean;
  /** Lines that begin in the log, which is also the number of the last one. */
  readonly lines: number;
  /** Which of them are of stderr; undefined where that takes too much to say. */
  readonly stderr: readonly LineRange[] | undefined;
}

/** Lines by their numbers, from 1; `to` is the last one. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** `fileBytes`: how much of the file to read, which must end with a whole line; all of it when absent. */
export async function readOutputText(path: string, maxBytes: number, fileBytes?: number): Promise<OutputText> {
  const file = await open(path, "r");
  try {
    const size = fileBytes ?? (await file.stat()).size;
    const reading = new TextReading(file, maxBytes, undefined);
    await walkLog(file, size, reading);
    if (!reading.hasMovedPieces) return reading.finish();
    const moved = new MovedPieces();
    await walkLog(file, size, moved);
    const again = new TextReading(file, maxBytes, moved);
    await walkLog(file, size, again);
    return again.finish();
  } finally {
    await file.close();
  }
}

/** Streams that take turns more often than that are not told apart: it would cost more than it says. */
const MAX_RANGES = 2_000;
const GATHERED_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

class TextReading implements LogVisitor {
  /** A piece stands apart from its line: without knowing which go where this reading is worth nothing. */
  hasMovedPieces = false;
  readonly #file: FileHandle;
  readonly #cut: MiddleCut;
  readonly #moved: MovedPieces | undefined;
  /** Short lines are put together before they are passed on. */
  readonly #gathered = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  #gatheredBytes = 0;
  #lines = 0;
  #stderr: LineRange[] = [];
  #before: OutputStream | undefined;
  #isSkipping = false;

  constructor(file: FileHandle, maxBytes: number, moved: MovedPieces | undefined) {
    this.#file = file;
    this.#cut = new MiddleCut(maxBytes);
    this.#moved = moved;
  }

  onBegin(stream: OutputStream, isContinuation: boolean, at: number): void {
    this.#isSkipping = this.#moved?.isMoved(at) === true;
    if (this.#isSkipping) return;
    const isApart = isContinuation && this.#before !== stream;
    if (isApart && this.#before !== undefined) this.hasMovedPieces = true;
    if (!isContinuation || isApart) {
      if (this.#before !== undefined) this.#putNewline();
      this.#lines++;
      if (stream === "stderr") this.#noteStderr(this.#lines);
    }
    this.#before = stream;
  }

  onText(bytes: Buffer, from: number, to: number): void {
    if (this.#isSkipping) return;
    const length = to - from;
    if (length > GATHERED_BYTES - this.#gatheredBytes) this.#passOn();
    if (length > GATHERED_BYTES) {
      this.#cut.push(bytes.subarray(from, to));
      return;
    }
    bytes.copy(this.#gathered, this.#gatheredBytes, from, to);
    this.#gatheredBytes += length;
  }

  onEnd(at: number): void {
    if (this.#isSkipping || this.#moved === undefined) return;
    for (const { from, to } of this.#moved.behind(at)) {
      const bytes = Buffer.allocUnsafe(to - from);
      // Rare, at most a piece long, and in the page cache since the walk before.
      const length = readSync(this.#file.fd, bytes, 0, bytes.length, from);
      this.onText(bytes, 0, length);
    }
  }

  finish(): OutputText {
    if (this.#before !== undefined) this.#putNewline();
    this.#passOn();
    const stderr = this.#stderr.length > MAX_RANGES ? undefined : this.#stderr;
    return { ...this.#cut.finish(), lines: this.#lines, stderr };
  }

  #noteStderr(line: number): void {
    const last = this.#stderr.at(-1);
    if (last?.to === line - 1) this.#stderr[this.#stderr.length - 1] = { from: last.from, to: line };
    else if (this.#stderr.length <= MAX_RANGES) this.#stderr.push({ from: line, to: line });
  }

  #putNewline(): void {
    if (this.#gatheredBytes === GATHERED_BYTES) this.#passOn();
    this.#gathered[this.#gatheredBytes++] = NEWLINE;
  }

  #passOn(): void {
    this.#cut.push(this.#gathered.subarray(0, this.#gatheredBytes));
    this.#gatheredBytes = 0;
  }
}
