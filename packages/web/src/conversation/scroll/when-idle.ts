/** Even on a page that is never idle it is done after this time. */
const MOST_MS = 1_000;
/** Of a frame, in a browser that does not tell what is left of it. */
const SLICE_MS = 4;

/** Calls when the browser has nothing else to do, with a way to ask whether that is still so. */
export function whenIdle(callback: (hasTime: () => boolean) => void): void {
  if (typeof requestIdleCallback === "function") {
    requestIdleCallback((deadline) => callback(() => deadline.timeRemaining() > 2), { timeout: MOST_MS });
    return;
  }
  setTimeout(() => {
    const began = performance.now();
    callback(() => performance.now() - began < SLICE_MS);
  });
}
