import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSearchable, parseQuery, positiveStems } from "../../../src/store/search/query.ts";
import { anyQuery } from "./search-arbitraries.ts";

describe("query syntax", () => {
  test("[MEM-7] words must all match", () => {
    expect(parseQuery("caching  builds")).toEqual({
      alternatives: [{ required: [["cach"], ["build"]], excluded: [] }],
    });
  });

  test("[MEM-7] a quoted phrase keeps its tokens together, stop words left out", () => {
    expect(parseQuery('"state of the art" deploy').alternatives).toEqual([
      { required: [["state", "art"], ["deploy"]], excluded: [] },
    ]);
  });

  test("[MEM-7] OR binds weaker than the implicit AND", () => {
    expect(parseQuery("red car OR blue bike").alternatives).toEqual([
      { required: [["red"], ["car"]], excluded: [] },
      { required: [["blue"], ["bike"]], excluded: [] },
    ]);
  });

  test("[MEM-7] only the upper-case word OR between terms divides", () => {
    expect(parseQuery("red or blue").alternatives).toEqual([{ required: [["red"], ["blue"]], excluded: [] }]);
    expect(parseQuery('red "OR" blue').alternatives).toHaveLength(1);
    expect(parseQuery("OR red OR OR blue OR").alternatives).toHaveLength(2);
    expect(parseQuery("red -OR blue").alternatives).toEqual([{ required: [["red"], ["blue"]], excluded: [] }]);
  });

  test("[MEM-7] -term and -phrase exclude", () => {
    expect(parseQuery('red -car -"two wheels"').alternatives).toEqual([
      { required: [["red"]], excluded: [[["car"]], [["two", "wheel"]]] },
    ]);
  });

  test("[MEM-7] a minus inside a word, alone or before another minus separates", () => {
    expect(parseQuery("pre-commit - red").alternatives).toEqual([
      { required: [["pre"], ["commit"], ["red"]], excluded: [] },
    ]);
    expect(parseQuery("red -- blue").alternatives).toEqual([{ required: [["red"], ["blue"]], excluded: [] }]);
  });

  test("[MEM-7] an exclusion covers its whole term: what the term alone would find", () => {
    expect(parseQuery("hook -pre-commit").alternatives).toEqual([
      { required: [["hook"]], excluded: [[["pre"], ["commit"]]] },
    ]);
  });

  test("[MEM-7] adjacent Han or Kana characters form a phrase", () => {
    expect(parseQuery("東京、都 -京都 v2東京").alternatives).toEqual([
      { required: [["東", "京"], ["都"], ["v2"]], excluded: [[["京", "都"]]] },
    ]);
  });

  test("[MEM-7] an unclosed quote runs to the end", () => {
    expect(parseQuery('red "blue -car OR bike').alternatives).toEqual([
      { required: [["red"], ["blue", "car", "bike"]], excluded: [] },
    ]);
  });

  test("[MEM-7] other punctuation separates words", () => {
    expect(parseQuery("v1.2.3 (red,blue*) foo:bar").alternatives[0]?.required).toEqual([
      ["v1"],
      ["2"],
      ["3"],
      ["red"],
      ["blue"],
      ["foo"],
      ["bar"],
    ]);
  });

  test.each([
    "",
    "   ",
    "the",
    '"of the"',
    "…",
    '""',
    '"',
    "-",
    "-red",
    '-red -"blue car"',
    "-red OR -blue",
    "OR",
    "the OR of",
  ])("[MEM-3] %j has no searchable word", (text) => {
    expect(isSearchable(parseQuery(text))).toBe(false);
  });

  test("[MEM-7] an alternative of exclusions only finds nothing; the others stay", () => {
    expect(parseQuery("red OR -blue").alternatives).toEqual([{ required: [["red"]], excluded: [] }]);
  });

  test("[MEM-8] positive stems are distinct and leave out what is excluded", () => {
    expect([...positiveStems(parseQuery('build "cached builds" OR caching -deploy'))]).toEqual(["build", "cach"]);
  });

  test("[MEM-3] no query text is an error, and every alternative has something to find", () => {
    fc.assert(
      fc.property(fc.oneof(anyQuery, fc.string({ unit: "binary" })), (text) => {
        for (const { required, excluded } of parseQuery(text).alternatives) {
          expect(required.length).toBeGreaterThan(0);
          for (const phrase of [...required, ...excluded.flat()]) expect(phrase.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
