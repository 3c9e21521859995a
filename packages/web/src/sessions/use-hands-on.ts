import { useEffect, useState, type RefObject } from "react";

/** How long after the last movement a list counts as still. */
const restMs = 200;
/** So far down nothing may be put in above: what is read would be pushed away. */
const awayFromTop = 120;

/**
 * Somebody's hand is on the list: a pointer is down on it, the page is scrolling or scrolled down, or the keyboard's focus
 * is in it. Rows must not move then.
 */
export function useHandsOn(list: RefObject<HTMLElement | null>): boolean {
  const [isDown, setDown] = useState(false);
  const [isScrolling, setScrolling] = useState(false);
  const [isAway, setAway] = useState(false);
  const [hasFocus, setFocus] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isIn = (target: EventTarget | null): boolean =>
      target instanceof Node && list.current !== null && list.current.contains(target);
    const listeners: readonly (readonly [string, (event: Event) => void])[] = [
      ["pointerdown", (event) => setDown(isIn(event.target))],
      ["pointerup", () => setDown(false)],
      ["pointercancel", () => setDown(false)],
      [
        "scroll",
        () => {
          clearTimeout(timer);
          timer = setTimeout(() => setScrolling(false), restMs);
          setScrolling(true);
          setAway(window.scrollY > awayFromTop);
        },
      ],
      [
        "focusin",
        ({ target }) => setFocus(isIn(target) && target instanceof Element && target.matches(":focus-visible")),
      ],
      ["focusout", () => setFocus(false)],
    ];
    for (const [name, listener] of listeners) window.addEventListener(name, listener, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const [name, listener] of listeners) window.removeEventListener(name, listener);
    };
  }, [list]);
  return isDown || isScrolling || isAway || hasFocus;
}
