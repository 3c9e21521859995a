import type { LogVisitor } from "./log-walk.ts";
import type { OutputStream } from "./log-buffer.ts";

export interface FileRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Finds the pieces of lines that stand apart from where their line began, because the other stream printed in between: they
 * are read where the line began ([CMDHIST-7]).
 */
export class MovedPieces implements LogVisitor {
  /** By the end of the piece behind which they belong. */
  readonly #byAnchor = new Map<number, FileRange[]>();
  readonly #begins = new Set<number>();
  /** Where the last line of each stream ends, as far as it stands in one place. */
  readonly #anchors: Partial<Record<OutputStream, number>> = {};
  #stream: OutputStream = "stdout";
  #begin = 0;
  #isMoved = false;
  #before: OutputStream | undefined;

  /** The text that begins at `at` is read elsewhere. */
  isMoved(at: number): boolean {
    return this.#begins.has(at);
  }

  /** What belongs behind the piece that ends at `at`. */
  behind(at: number): readonly FileRange[] {
    return this.#byAnchor.get(at) ?? [];
  }

  onBegin(stream: OutputStream, isContinuation: boolean, at: number): void {
    this.#isMoved = isContinuation && this.#before !== stream && this.#anchors[stream] !== undefined;
    this.#stream = stream;
    this.#begin = at;
    if (this.#isMoved) this.#begins.add(at);
  }

  onText(): void {
    // Only where lines stand matters.
  }

  onEnd(at: number): void {
    const anchor = this.#anchors[this.#stream];
    if (this.#isMoved && anchor !== undefined) {
      const ranges = this.#byAnchor.get(anchor) ?? [];
      ranges.push({ from: this.#begin, to: at });
      this.#byAnchor.set(anchor, ranges);
      // What follows it directly belongs behind it, and so elsewhere too.
      this.#before = undefined;
    } else {
      this.#anchors[this.#stream] = at;
      this.#before = this.#stream;
    }
  }
}
