import fc from "fast-check";
import { expect, test } from "vitest";
import { compareCodePoints } from "../../src/routing/compare-code-points.ts";

/** The definition: the first code point that differs decides, a prefix comes first. */
function naive(a: string, b: string): number {
  const left = [...a].map((character) => character.codePointAt(0) ?? 0);
  const right = [...b].map((character) => character.codePointAt(0) ?? 0);
  for (const [index, point] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (point !== other) return point - other;
  }
  return left.length - right.length;
}

test("[RTE-4] code points order names, where UTF-16 would put characters above U+FFFF too early", () => {
  const names = ["\u{1f600}", "\uff41", "b", "a", "\ue000", "\u{10000}", "", "ab", "B"];

  expect(names.toSorted(compareCodePoints)).toEqual([
    "",
    "B",
    "a",
    "ab",
    "b",
    "\ue000",
    "\uff41",
    "\u{10000}",
    "\u{1f600}",
  ]);
  expect(["\u{1f600}", "\uff41"].toSorted()).toEqual(["\u{1f600}", "\uff41"]);
});

test("[RTE-4] the order is that of code points for all texts", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}", "\u{1f600}"),
    maxLength: 6,
  });

  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(naive(a, b)));
    }),
  );
});
