import { expect, test } from "vitest";
import { fuzzyScore } from "../../src/palette/fuzzy-score.ts";
import { rankChoices, type PaletteChoice } from "../../src/palette/rank-choices.ts";

const choice = (id: string, label: string, detail?: string): PaletteChoice => ({
  id,
  label,
  detail,
  kind: "Place",
  run: () => undefined,
});
const idsOf = (choices: readonly PaletteChoice[]): string[] => choices.map(({ id }) => id);

test("letters in their order are found, others are not", () => {
  expect(fuzzyScore("stg", "Settings")).toBeDefined();
  expect(fuzzyScore("gts", "Settings")).toBeUndefined();
  expect(fuzzyScore("", "Settings")).toBe(0);
  expect(fuzzyScore("SET TINGS", "settings")).toBeDefined();
});

test("whole words are better than their beginnings, and those better than letters somewhere", () => {
  const labels = ["fix the party", "Cart total", "chart", "c a long way to r and t"];
  const best = rankChoices(
    labels.map((label) => choice(label, label)),
    "cart",
    [],
  );
  expect(idsOf(best).slice(0, 1)).toEqual(["Cart total"]);
  expect(idsOf(best)).not.toContain("fix the party");
  const initials = rankChoices([choice("a", "Ban rabbits"), choice("b", "New session")], "ns", []);
  expect(idsOf(initials)[0]).toBe("b");
});

test("what was chosen last comes first while nothing is typed, and among equals after", () => {
  const choices = [choice("one", "Alpha one"), choice("two", "Alpha two"), choice("three", "Alpha six")];
  expect(idsOf(rankChoices(choices, "", ["three", "two"]))).toEqual(["three", "two", "one"]);
  expect(idsOf(rankChoices(choices, "alpha", ["two"]))[0]).toBe("two");
});

test("a detail is found, after labels, and no more are shown than fit", () => {
  const choices = [choice("detail", "Fix it", "/home/shop"), choice("label", "shop")];
  expect(idsOf(rankChoices(choices, "shop", []))).toEqual(["label", "detail"]);
  const many = Array.from({ length: 500 }, (_, index) => choice(String(index), `same ${index}`));
  expect(rankChoices(many, "same", [])).toHaveLength(50);
});
