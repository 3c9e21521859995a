/**
 * Pages of outputs ([CMDHIST-8]). Whoever pages reads one text from its beginning to its end, also while the command goes
 * on printing: the first page takes it, and the few that are being paged are held for a while.
 */
import type { Scheduler } from "../../ports.ts";
import { boundaryAfter, boundaryBefore } from "./middle-cut.ts";
import type { OutputText } from "./output-text.ts";

export interface HeldOutput extends OutputText {
  /** [CMDHIST-9] */
  readonly lastSeq: number;
}

export interface OutputPage {
  readonly output: string;
  readonly offset: number;
  readonly nextOffset: number | null;
  readonly totalBytes: number;
  readonly held: HeldOutput;
}

const MAX_HELD = 4;
const HELD_MS = 60_000;

export class OutputPages {
  readonly #scheduler: Scheduler;
  /** The least recently used first. */
  readonly #held = new Map<string, { output: HeldOutput; cancel: () => void }>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** `read` is called for a first page, and where the text is held no more. */
  async page(
    commandSessionId: string,
    offset: number,
    maxBytes: number,
    read: () => Promise<HeldOutput>,
  ): Promise<OutputPage> {
    const held = (offset > 0 ? this.#held.get(commandSessionId)?.output : undefined) ?? (await read());
    const { text } = held;
    const from = boundaryAfter(text, Math.min(offset, text.length));
    const cut = boundaryBefore(text, Math.min(from + maxBytes, text.length));
    // A character that alone exceeds the page would keep the reader there for ever.
    const to = cut > from ? cut : boundaryAfter(text, Math.min(from + 1, text.length));
    const nextOffset = to < text.length ? to : null;
    this.#drop(commandSessionId);
    if (nextOffset !== null) this.#hold(commandSessionId, held);
    return { output: text.toString("utf8", from, to), offset: from, nextOffset, totalBytes: text.length, held };
  }

  clear(): void {
    for (const id of [...this.#held.keys()]) this.#drop(id);
  }

  #hold(commandSessionId: string, output: HeldOutput): void {
    const cancel = this.#scheduler.after(HELD_MS, () => void this.#held.delete(commandSessionId));
    this.#held.set(commandSessionId, { output, cancel });
    const [oldest] = this.#held.keys();
    if (this.#held.size > MAX_HELD && oldest !== undefined) this.#drop(oldest);
  }

  #drop(commandSessionId: string): void {
    this.#held.get(commandSessionId)?.cancel();
    this.#held.delete(commandSessionId);
  }
}
