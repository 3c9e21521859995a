import { useEffect, type RefObject } from "react";

const NAME = "found-words";
/** More than can be on a screen. */
const MAX_MARKS = 400;

/** Marks the words wherever they stand in the rows that are drawn, without touching the rows. */
export function useMarkedWords(container: RefObject<HTMLElement | null>, words: string): void {
  useEffect(() => {
    const element = container.current;
    const wanted = words.trim().toLowerCase();
    // A browser without highlights shows the row that was found all the same.
    if (element === null || wanted === "" || !("highlights" in CSS)) return;
    let frame = 0;
    const mark = (): void => {
      frame = 0;
      CSS.highlights.set(NAME, new Highlight(...rangesIn(element, wanted)));
    };
    const later = (): void => {
      if (frame === 0) frame = requestAnimationFrame(mark);
    };
    later();
    const observer = new MutationObserver(later);
    observer.observe(element, { childList: true, subtree: true, characterData: true });
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
      CSS.highlights.delete(NAME);
    };
  }, [container, words]);
}

function rangesIn(element: HTMLElement, wanted: string): Range[] {
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null && ranges.length < MAX_MARKS; node = walker.nextNode()) {
    const text = (node.nodeValue ?? "").toLowerCase();
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
      // Some letters have another length in lower case.
      if (at + wanted.length > (node.nodeValue?.length ?? 0)) break;
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
    }
  }
  return ranges;
}
