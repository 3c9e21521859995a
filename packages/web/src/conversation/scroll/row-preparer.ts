/**
 * Reads what rows hold before they come into sight, in idle slices: their Markdown as tokens, their edits as differences. What
 * was read is kept where the rows look for it, so that drawing them while one scrolls costs no reading.
 */
import { markdownTokens } from "../markdown/markdown-tokens.ts";
import type { ListRow } from "../rows/tail-row.ts";
import { editsOf } from "../tools/edits-of.ts";
import { whenIdle } from "./when-idle.ts";

/** So many rows on either side of those in sight. */
const AHEAD = 40;

export class RowPreparer {
  #rowAt: (index: number) => ListRow | undefined = () => undefined;
  #next = 0;
  #end = -1;
  #isAsked = false;
  /** Rows that were read lately; the same row is not read twice while the ones about it are. */
  readonly #done = new WeakSet<ListRow>();

  /** Rows from `start` to `end` are drawn: what is about them comes next. */
  around(start: number, end: number, rowAt: (index: number) => ListRow | undefined): void {
    this.#rowAt = rowAt;
    this.#next = Math.max(0, start - AHEAD);
    this.#end = end + AHEAD;
    if (this.#isAsked) return;
    this.#isAsked = true;
    whenIdle((hasTime) => this.#work(hasTime));
  }

  #work(hasTime: () => boolean): void {
    this.#isAsked = false;
    while (this.#next <= this.#end) {
      const row = this.#rowAt(this.#next);
      this.#next += 1;
      if (row === undefined || this.#done.has(row)) continue;
      this.#done.add(row);
      read(row);
      if (hasTime()) continue;
      this.#isAsked = true;
      whenIdle((hasMore) => this.#work(hasMore));
      return;
    }
  }
}

function read(row: ListRow): void {
  if (row.type === "reply") markdownTokens(row.text);
  // The line of an edit says how much it changes; steps that are folded show nothing.
  const [only] = row.type === "work" ? row.steps : [];
  if (row.type === "work" && row.steps.length === 1 && only?.type === "tool") editsOf(only);
}
