/** Where there is none, a unit is a code point. */
const HIGH_SURROGATE = /[\ud800-\udbff]/;

/** The first `count` code points. */
export function firstCodePoints(text: string, count: number): string {
  if (text.length <= count) return text;
  const head = text.slice(0, count);
  if (!HIGH_SURROGATE.test(head)) return head;
  let units = 0;
  for (let points = 0; points < count && units < text.length; points++) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, units);
}

/** The first `count` code points, and `...` when there were more. */
export function cutToCodePoints(text: string, count: number): string {
  const first = firstCodePoints(text, count);
  return first.length === text.length ? text : `${first}...`;
}

/** Whether it has at least so many code points. */
export function hasCodePoints(text: string, count: number): boolean {
  let units = 0;
  for (let points = 0; points < count; points++) {
    if (units >= text.length) return false;
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return true;
}

/** One line of it, for a detail: runs of white space become one space. */
export function oneLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}
