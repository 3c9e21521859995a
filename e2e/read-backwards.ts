import type { Page } from "playwright-core";

export interface Reading {
  /** Numbers of all messages that were drawn, in order. */
  readonly seqs: readonly number[];
  /** Numbers that were drawn in two rows at once. */
  readonly twice: readonly number[];
  /** Milliseconds between frames while scrolling, without those in which older pages were waited for. */
  readonly frames: readonly number[];
}

/** Scrolls a conversation from its end to its beginning, most of a screen a frame, and notes which messages were drawn. */
export async function readBackwards(page: Page): Promise<Reading> {
  return page.evaluate(async () => {
    const feed = document.querySelector("[role=feed]");
    const scroller = feed?.parentElement;
    if (feed === null || scroller === null || scroller === undefined) throw new Error("there is no conversation");
    const seqs = new Set<number>();
    const twice = new Set<number>();
    const frames: number[] = [];
    const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const note = (): void => {
      const drawn = new Set<number>();
      for (const row of feed.querySelectorAll<HTMLElement>("article[data-seqs]")) {
        for (const seq of (row.dataset["seqs"] ?? "")
          .split(" ")
          .filter((text) => text !== "")
          .map(Number)) {
          if (drawn.has(seq)) twice.add(seq);
          drawn.add(seq);
          seqs.add(seq);
        }
      }
    };
    const isDone = (): boolean =>
      scroller.scrollTop <= 0 && (scroller.textContent ?? "").includes("Beginning of the session");
    for (let last = await nextFrame(), idle = 0; idle < 2_000;) {
      note();
      if (isDone()) break;
      const before = scroller.scrollTop;
      scroller.scrollTop = before - scroller.clientHeight * 0.6;
      const now = await nextFrame();
      frames.push(now - last);
      last = now;
      idle = before <= 0 ? idle + 1 : 0;
    }
    note();
    return { seqs: [...seqs].sort((a, b) => a - b), twice: [...twice], frames };
  });
}
