import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyzeMemory } from "../../../src/store/search/analyze.ts";
import { encodeIndexText, parseIndexText } from "../../../src/store/search/index-text.ts";
import { containsPhrase, matchesQuery } from "../../../src/store/search/match.ts";
import { parseQuery } from "../../../src/store/search/query.ts";
import { compareRanked, scoreMemory } from "../../../src/store/search/score.ts";
import { positiveStems } from "../../../src/store/search/query.ts";
import { hasAllTags } from "../../../src/store/search/tag-filter.ts";
import { anyMemory, anyQuery } from "./search-arbitraries.ts";

const MEMORY = { content: "Nightly builds cache the npm store for two days", tags: ["CI runner", "東京都"] };

function matches(query: string, memory = MEMORY): boolean {
  return matchesQuery(parseQuery(query), analyzeMemory(memory));
}

describe("matching", () => {
  test.each([
    "cache",
    "CACHING",
    "caching build",
    "build ci",
    '"builds cache"',
    '"cache npm"',
    '"caches the npm"',
    '"ci runner"',
    "東京",
    "京都",
    "unknown OR cache",
    "cache -unknown",
    'cache -"npm cache"',
    "cache -two-unknown",
    '"npm store',
  ])("[MEM-7] %s finds the memory", (query) => {
    expect(matches(query)).toBe(true);
  });

  test.each([
    "unknown",
    "cache unknown",
    '"cache builds"',
    '"days ci"',
    '"runner 東"',
    "都東",
    "unknown OR other",
    "cache -npm",
    "cache -ci",
    'cache -"two days"',
    "cache -two-days",
    "unknown OR -other",
    "-unknown",
    "",
    "the",
  ])("[MEM-7] %j does not find the memory", (query) => {
    expect(matches(query)).toBe(false);
  });

  test("[MEM-6] a phrase reaches neither from content into a tag nor from tag to tag", () => {
    const memory = { content: "red car", tags: ["blue bike", "green bus"] };
    expect(matches('"car blue"', memory)).toBe(false);
    expect(matches('"bike green"', memory)).toBe(false);
    expect(matches('"blue bike"', memory)).toBe(true);
  });

  test("[MEM-7] a phrase is found exactly where a plain search finds it", () => {
    const letters = fc.array(fc.constantFrom("a", "b"), { maxLength: 12 });
    fc.assert(
      fc.property(letters, letters, (text, phrase) => {
        expect(containsPhrase(text, phrase)).toBe(text.join("").includes(phrase.join("")));
      }),
      { numRuns: 1_000 },
    );
  });

  test("[MEM-9] what a store keeps of a memory matches and scores like the memory itself", () => {
    fc.assert(
      fc.property(anyMemory, anyQuery, (memory, text) => {
        const analyzed = analyzeMemory(memory);
        const stored = parseIndexText(encodeIndexText(analyzed));
        const query = parseQuery(text);
        expect(stored.content).toEqual(analyzed.content);
        expect(matchesQuery(query, stored)).toBe(matchesQuery(query, analyzed));
        expect(scoreMemory(positiveStems(query), stored)).toBe(scoreMemory(positiveStems(query), analyzed));
      }),
    );
  });

  test("[MEM-2] a tag filter wants whole tags and ignores case", () => {
    expect(hasAllTags(["CI runner", "Café"], ["ci RUNNER", "CAFÉ"])).toBe(true);
    expect(hasAllTags(["CI runner"], ["ci"])).toBe(false);
    expect(hasAllTags(["ci"], ["ci", "cd"])).toBe(false);
    expect(hasAllTags([], [])).toBe(true);
  });
});

describe("scoring", () => {
  function score(query: string, memory: { content: string; tags: string[] }): number {
    return scoreMemory(positiveStems(parseQuery(query)), analyzeMemory(memory));
  }

  test("[MEM-10] the scores of the vectors", () => {
    expect(score("caching build", { ...MEMORY, tags: [] })).toBe(1.4674);
    expect(score("caching build", { ...MEMORY, tags: ["build"] })).toBe(1.9674);
  });

  test("[MEM-8] a stem counts once however often the query has it, and once however many tags have it", () => {
    expect(score('build builds "caching build" OR building', { ...MEMORY, tags: ["build", "a build"] })).toBe(1.9674);
  });

  test("[MEM-8] a stem in a tag only gives 0.5, an excluded or missing one nothing", () => {
    expect(score("deploy missing -cache", { content: "cache", tags: ["deploys"] })).toBe(0.5);
    expect(score("deploy", { content: "", tags: [] })).toBe(0);
  });

  test("[MEM-8] more of the same word raises the score, and a longer memory lowers it", () => {
    expect(score("build", { content: "build build x1 x2", tags: [] })).toBeGreaterThan(
      score("build", { content: "build x0 x1 x2", tags: [] }),
    );
    expect(score("build", { content: "build x0", tags: [] })).toBeGreaterThan(
      score("build", { content: "build x0 x1", tags: [] }),
    );
  });

  test("[MEM-8] order is score down, time down, id up", () => {
    const ranked = [
      { id: "b", rememberedAt: 1, score: 1 },
      { id: "a", rememberedAt: 1, score: 1 },
      { id: "c", rememberedAt: 2, score: 1 },
      { id: "d", rememberedAt: 0, score: 2 },
    ];
    expect(ranked.toSorted(compareRanked).map(({ id }) => id)).toEqual(["d", "c", "a", "b"]);
  });
});
