import { expect, test } from "vitest";
import { countWords, splitWords } from "../../src/harness/words.ts";

test("[RTE-2] [FI-6] words are what stands between characters of the white-space set, and of no others", () => {
  expect(splitWords("a\u0085b\u001cc\u00a0d\u3000e\u2028f\u180eg\u200bh\ufeffi")).toEqual([
    ...["a", "b", "c", "d", "e", "f\u180eg\u200bh\ufeffi"],
  ]);
  expect(splitWords(" \t one\n\ntwo ")).toEqual(["one", "two"]);
  expect([splitWords(""), splitWords(" \u2029")]).toEqual([[], []]);
});

test("[RTE-2] the count is that of the words, for a text of a megabyte too", () => {
  expect([countWords(""), countWords("hello"), countWords("a\u2009b c")]).toEqual([0, 1, 3]);
  expect(countWords("word ".repeat(200_000))).toBe(200_000);
});
