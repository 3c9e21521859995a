/**
 * Work that can wait until nothing is scrolled and the browser has nothing else to do: one piece at a time, and none in the
 * frames of a scroll. It must not know what the work is.
 * States: `empty` → `waiting` (each scroll begins the wait anew) → `at work`, a piece an idle slice → `empty`, or `waiting`
 * again when something is scrolled meanwhile.
 */
import { whenIdle } from "./when-idle.ts";

/** So long after the last scroll it has come to rest. */
const REST_MS = 150;

export class RestingWork {
  readonly #pieces = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Another one with every scroll, so that a slice that was asked for before does nothing. */
  #rest = 0;

  /** Answers how to take it back. */
  add(piece: () => void): () => void {
    this.#pieces.add(piece);
    if (this.#pieces.size === 1) this.#wait();
    return () => this.#pieces.delete(piece);
  }

  /** Something was scrolled. */
  scrolled(): void {
    this.#rest += 1;
    if (this.#pieces.size > 0) this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const rest = this.#rest;
    this.#timer = setTimeout(() => this.#next(rest), REST_MS);
  }

  #next(rest: number): void {
    if (rest !== this.#rest || this.#pieces.size === 0) return;
    whenIdle(() => {
      if (rest !== this.#rest) return;
      const [piece] = this.#pieces;
      if (piece === undefined) return;
      this.#pieces.delete(piece);
      piece();
      this.#next(rest);
    });
  }
}

/** That of the page: whatever list is scrolled, it waits. */
export const restingWork = new RestingWork();
