/**
 * Walks a page with the Tab key alone, from its top until the focus leaves it, as somebody without a pointer does, and tells
 * what would stop or lose them. It must not know the app: only elements, their styles and the browser's accessibility tree.
 */
import type { CDPSession, Page } from "playwright-core";

export interface KeyboardWalk {
  readonly stops: number;
  /** Each with the element it is about. */
  readonly problems: readonly string[];
}

/** More than any page has; a walk that long goes round in circles. */
const MAX_STOPS = 400;

interface Stop {
  readonly label: string;
  readonly problems: readonly string[];
  readonly isOver: boolean;
}
interface Walker {
  step(): Stop;
  end(): readonly string[];
}
type WalkedWindow = typeof globalThis & { walker: Walker };

export async function walkByKeys(page: Page): Promise<KeyboardWalk> {
  await page.evaluate(placeWalker);
  const devtools = await page.context().newCDPSession(page);
  const problems: string[] = [];
  let stops = 0;
  try {
    for (;;) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => (globalThis as WalkedWindow).walker.step());
      problems.push(...stop.problems);
      if (stop.isOver) break;
      stops += 1;
      if (stops > MAX_STOPS) return { stops, problems: [...problems, `no way out after ${stop.label}`] };
      if ((await nameOfFocused(devtools)) === "") problems.push(`no name: ${stop.label}`);
    }
    problems.push(...(await page.evaluate(() => (globalThis as WalkedWindow).walker.end())));
  } finally {
    await devtools.detach();
  }
  return { stops, problems };
}

/** As the browser tells it to a screen reader. */
async function nameOfFocused(devtools: CDPSession): Promise<string> {
  const { result } = await devtools.send("Runtime.evaluate", { expression: "document.activeElement" });
  if (result.objectId === undefined) return "";
  const { nodes } = await devtools.send("Accessibility.getPartialAXTree", {
    objectId: result.objectId,
    fetchRelatives: false,
  });
  await devtools.send("Runtime.releaseObject", { objectId: result.objectId });
  return String(nodes[0]?.name?.value ?? "").trim();
}

/** Runs in the page: everything it needs is inside. */
function placeWalker(): void {
  const interactive =
    "a[href], button, input, select, textarea, summary, [tabindex], [role=button], [role=link], [role=switch], [role=tab]";
  /** One stop stands for all of them; arrow keys do the rest. */
  const composite =
    "[role=feed], [role=listbox], [role=tablist], [role=menu], [role=tree], [role=grid], [role=radiogroup], [role=toolbar]";
  const visited = new Set<Element>();
  const looks = new WeakMap<Element, string>();
  let last: Element | undefined;
  let lastLook = "";

  const describe = (element: Element): string => {
    const name = element.getAttribute("aria-label") ?? element.getAttribute("name") ?? element.textContent ?? "";
    return `<${element.tagName.toLowerCase()}> ${name.trim().replaceAll(/\s+/g, " ").slice(0, 50)}`;
  };
  /** What is drawn for it: the box of a radio button that is styled is that of its label. */
  const boxOf = (element: Element): Element =>
    element instanceof HTMLInputElement ? (element.closest("label") ?? element) : element;
  const isShown = (element: Element): boolean => {
    const { width, height } = boxOf(element).getBoundingClientRect();
    return width > 0 && height > 0 && element.checkVisibility({ visibilityProperty: true });
  };
  const lookOf = (element: Element): string => {
    const isText = element.matches("input, textarea");
    const around = isText ? [element.parentElement, element.parentElement?.parentElement] : [];
    return [element, element.firstElementChild, element.nextElementSibling, ...around]
      .map((part) => {
        if (part === null || part === undefined) return "";
        const { outline, outlineOffset, boxShadow, borderColor, backgroundColor, clipPath } = getComputedStyle(part);
        return [outline, outlineOffset, boxShadow, borderColor, backgroundColor, clipPath].join(" ");
      })
      .join("\n");
  };
  const isCovered = (element: Element): boolean => {
    const box = boxOf(element);
    const { left, right, top, bottom } = box.getBoundingClientRect();
    const [x0, x1] = [Math.max(0, left), Math.min(innerWidth, right)];
    const [y0, y1] = [Math.max(0, top), Math.min(innerHeight, bottom)];
    const points = [0.5, 0.1, 0.9].flatMap((x) => [0.5, 0.1, 0.9].map((y) => [x, y] as const));
    return !points.some(([x, y]) => {
      const hit = document.elementFromPoint(x0 + (x1 - x0) * x, y0 + (y1 - y0) * y);
      return hit !== null && (box.contains(hit) || hit.contains(box));
    });
  };
  const placeProblem = (element: Element): string | undefined => {
    if (!isShown(element)) return "hidden";
    const { left, right, top, bottom } = boxOf(element).getBoundingClientRect();
    if (right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) return "outside of the window";
    return isCovered(element) ? "covered" : undefined;
  };
  /** Of an element that was not there at the start the look without focus is known only now. */
  const leaveLast = (): string[] => {
    const left = last;
    last = undefined;
    if (left === undefined || !left.isConnected || looks.has(left)) return [];
    return lookOf(left) === lastLook ? [`focus is not to be seen: ${describe(left)}`] : [];
  };

  // Where the walk begins, whatever had the focus.
  const start = document.createElement("span");
  start.tabIndex = -1;
  document.body.prepend(start);
  start.focus();
  start.remove();
  for (const element of document.querySelectorAll(interactive)) looks.set(element, lookOf(element));

  const step = (): Stop => {
    const previous = last;
    const problems = leaveLast();
    const element = document.activeElement;
    const isLost = element === null || element === document.body || element === document.documentElement;
    if (isLost || (visited.has(element) && element !== previous)) return { label: "", problems, isOver: true };
    const label = describe(element);
    if (element === previous) return { label, problems: [`trapped at ${label}`], isOver: true };
    visited.add(element);
    if (element instanceof HTMLElement && element.tabIndex > 0) problems.push(`out of order by its tabindex: ${label}`);
    if (previous?.isConnected === true) {
      const isAfter = previous.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (isAfter === 0) problems.push(`before what was reached earlier: ${label}`);
    }
    const place = placeProblem(element);
    if (place !== undefined) problems.push(`${place}: ${label}`);
    last = element;
    lastLook = lookOf(element);
    if (looks.get(element) === lastLook) problems.push(`focus is not to be seen: ${label}`);
    return { label, problems, isOver: false };
  };

  const end = (): string[] => {
    const isVisited = (other: Element): boolean => visited.has(other);
    const missed = [...document.querySelectorAll(interactive)].filter((element) => {
      if (visited.has(element) || element.matches(":disabled, [aria-disabled=true], [inert] *") || !isShown(element)) {
        return false;
      }
      const isNative = element.matches("a[href], button, input, select, textarea, summary");
      const isOutside = element.getAttribute("tabindex") === "-1";
      if (isOutside && (!isNative || element.getAttribute("aria-hidden") === "true")) return false;
      const group = element.closest(composite);
      if (group !== null && [...visited].some((stop) => group.contains(stop))) return false;
      const isRadio = element instanceof HTMLInputElement && element.type === "radio";
      return !isRadio || ![...document.getElementsByName(element.name)].some(isVisited);
    });
    return missed.map((element) => `never reached: ${describe(element)}`);
  };
  (globalThis as WalkedWindow).walker = { step, end };
}
