import type { MeshId } from "@parlatory/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { analyzeMemory } from "../../src/store/search/analyze.ts";
import { matchesQuery } from "../../src/store/search/match.ts";
import { isSearchable, parseQuery, positiveStems } from "../../src/store/search/query.ts";
import { MAX_RANKED_MEMORIES, compareRanked, scoreMemory } from "../../src/store/search/score.ts";
import { hasAllTags } from "../../src/store/search/tag-filter.ts";
import type { MemoryRow } from "../../src/store/store.ts";
import {
  createPostgresHarness,
  createSqliteHarness,
  type StoreHarness,
  type StoreUnderTest,
} from "../support/store-harness.ts";
import { T0, memoryRow, meshRow } from "../support/store-rows.ts";

const harnesses: StoreHarness[] = [];
const databases: StoreUnderTest[] = [];
beforeAll(async () => {
  for (const create of [createSqliteHarness, createPostgresHarness]) {
    const harness = await create();
    harnesses.push(harness);
    databases.push(await harness.create());
  }
});
afterAll(async () => {
  for (const database of databases) await database.dispose();
  for (const harness of harnesses) await harness.stop();
});

/** What recall must answer, by reading every memory ([MEM-8]). */
function oracle(
  memories: readonly MemoryRow[],
  request: { query: string; tags: readonly string[]; limit: number },
): [string, number][] {
  const newest = memories
    .filter(({ tags }) => hasAllTags(tags, request.tags))
    .toSorted((a, b) => b.rememberedAt - a.rememberedAt);
  const query = parseQuery(request.query);
  if (!isSearchable(query)) {
    return request.tags.length === 0 ? [] : newest.slice(0, request.limit).map(({ id }) => [id, 0]);
  }
  const stems = positiveStems(query);
  return newest
    .map((memory) => ({ memory, analyzed: analyzeMemory(memory) }))
    .filter(({ analyzed }) => matchesQuery(query, analyzed))
    .slice(0, MAX_RANKED_MEMORIES)
    .map(({ memory, analyzed }) => ({
      id: memory.id,
      rememberedAt: memory.rememberedAt,
      score: scoreMemory(stems, analyzed),
    }))
    .toSorted(compareRanked)
    .slice(0, request.limit)
    .map(({ id, score }) => [id, score]);
}

// Few words, so that phrases, exclusions and tags meet; some that only differ before analysis, some of other scripts.
const WORDS = [
  "build",
  "builds",
  "cache",
  "caching",
  "npm",
  "the",
  "Café",
  "cafe",
  "v1.2",
  "naïve",
  "日本",
  "本日",
  "ひ",
  "Ünï",
  "store_two",
  "it's",
  "x",
  "¤m",
  "§",
  "¶",
  "&",
  "<->",
  "'q'",
];
const word = fc.constantFrom(...WORDS);
const tag = fc.oneof(
  word,
  fc.tuple(word, word).map((words) => words.join(" ")),
  fc.constantFrom("Build", "BUILD"),
);
const memory = fc.record({
  content: fc.oneof(
    fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(" ")),
    fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
  ),
  tags: fc.array(tag, { maxLength: 3 }),
});
const term = fc.oneof(
  word,
  word.map((text) => `-${text}`),
  fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => `"${words.join(" ")}"`),
  fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `-"${words.join(" ")}"`),
  fc.constantFrom("OR", "or", '"', "-", "AND", "NOT", "(", ")", "*"),
);
const query = fc.oneof(
  { weight: 9, arbitrary: fc.array(term, { maxLength: 6 }).map((terms) => terms.join(" ")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);
const request = fc.record({
  query,
  tags: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(tag, { maxLength: 2 }) }),
  limit: fc.integer({ min: 1, max: 100 }),
});

async function fill(meshId: MeshId, rows: readonly MemoryRow[]): Promise<void> {
  for (const { store } of databases) {
    await store.createMesh(meshRow({ id: meshId, slug: meshId }));
    for (let at = 0; at < rows.length; at += 50) {
      await Promise.all(rows.slice(at, at + 50).map((row) => store.addMemory(row, 100_000)));
    }
  }
}

test("[MEM-9] both stores find and rank what reading every memory finds", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(memory, { minLength: 1, maxLength: 25 }),
      fc.array(request, { minLength: 20, maxLength: 20 }),
      async (contents, requests) => {
        const { id: meshId } = meshRow();
        const rows = contents.map((content, index) => memoryRow(meshId, { ...content, rememberedAt: T0 + index }));
        await fill(meshId, rows);
        for (const asked of requests) {
          const expected = oracle(rows, asked);
          for (const { store } of databases) {
            const found = await store.recall({ meshId, ...asked });
            expect(
              found.map(({ id, score }) => [id, score]),
              `${store.kind}: ${JSON.stringify(asked)}`,
            ).toEqual(expected);
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});

test(
  "[MEM-9] both stores cut at the same 500 and look past candidates that turn out not to match",
  { timeout: 120_000 },
  async () => {
    const { id: meshId } = meshRow();
    const filler = Array.from({ length: 300 }, () => "pear").join(" ");
    const rows = Array.from({ length: 1_300 }, (_, index) => {
      // PostgreSQL keeps no positions of the long ones, so it offers all of them for the phrase.
      const content = index % 2 === 0 ? `${filler} apple` : `${"apple ".repeat(1 + (index % 7))}pear`;
      return memoryRow(meshId, { content, rememberedAt: T0 + index });
    });
    await fill(meshId, rows);
    for (const text of ['"apple pear"', '"pear apple"', "apple", "apple OR pear", '-"apple pear" pear']) {
      const asked = { query: text, tags: [], limit: 100 };
      const expected = oracle(rows, asked);
      expect(expected).toHaveLength(100);
      for (const { store } of databases) {
        const found = await store.recall({ meshId, ...asked });
        expect(
          found.map(({ id, score }) => [id, score]),
          `${store.kind}: ${text}`,
        ).toEqual(expected);
      }
    }
  },
);
