import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { analyzeMemory } from "../../../src/store/search/analyze.ts";
import { FTS5_TOKENIZER, toFts5Query } from "../../../src/store/search/fts5.ts";
import { encodeIndexText } from "../../../src/store/search/index-text.ts";
import { matchesQuery } from "../../../src/store/search/match.ts";
import { parseQuery } from "../../../src/store/search/query.ts";
import { anyMemory, anyQuery } from "./search-arbitraries.ts";

interface TestMemory {
  content: string;
  tags: string[];
}

let database: DatabaseSync;

beforeAll(() => {
  database = new DatabaseSync(":memory:");
});

beforeEach(() => {
  database.exec("DROP TABLE IF EXISTS found");
  database.exec(`CREATE VIRTUAL TABLE found USING fts5(content, tags, tokenize='${FTS5_TOKENIZER}')`);
});

afterAll(() => {
  database.close();
});

function store(memories: readonly TestMemory[]): void {
  database.exec("DELETE FROM found");
  const insert = database.prepare("INSERT INTO found (rowid, content, tags) VALUES (?, ?, ?)");
  for (const [i, memory] of memories.entries()) {
    const { contentStems, tagStems } = encodeIndexText(analyzeMemory(memory));
    insert.run(i, contentStems, tagStems);
  }
}

function found(query: string): unknown[] {
  const match = toFts5Query(parseQuery(query));
  if (match === null) return [];
  return database
    .prepare("SELECT rowid FROM found WHERE found MATCH ? ORDER BY rowid")
    .all(match)
    .map((row) => row["rowid"]);
}

function expected(query: string, memories: readonly TestMemory[]): number[] {
  return memories.flatMap((memory, i) => (matchesQuery(parseQuery(query), analyzeMemory(memory)) ? [i] : []));
}

describe("FTS5", () => {
  test("[MEM-9] finds exactly what the rules say, whatever the memories and the query", () => {
    let hits = 0;
    fc.assert(
      fc.property(
        fc.array(anyMemory, { minLength: 1, maxLength: 12 }),
        fc.array(anyQuery, { minLength: 10, maxLength: 10 }),
        (memories, queries) => {
          store(memories);
          for (const query of queries) {
            const want = expected(query, memories);
            hits += want.length;
            expect([query, found(query)]).toEqual([query, want]);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(hits).toBeGreaterThan(500);
  });

  test("[MEM-9] every vector word is found through its stem, in content and in tags", () => {
    store([
      { content: "policies of agencies", tags: ["dying cafés"] },
      { content: "東京タワー", tags: [] },
    ]);
    expect(found("policy")).toEqual([0]);
    expect(found('"policy agency"')).toEqual([0]);
    expect(found("policy cafe")).toEqual([0]);
    expect(found("京タ")).toEqual([1]);
    expect(found("ワタ")).toEqual([]);
  });

  test("[MEM-9] a phrase does not cross from one tag into the next", () => {
    store([{ content: "x1", tags: ["blue bike", "green bus"] }]);
    expect(found('"bike green"')).toEqual([]);
    expect(found('"green bus"')).toEqual([0]);
  });

  test("[MEM-9] a query cannot name the column, the separator or an operator of the engine", () => {
    store([{ content: "blue bike", tags: ["red", "green"] }]);
    expect(found("tags:red")).toEqual([]);
    expect(found("¶")).toEqual([]);
    expect(found('blue NEAR(bike")')).toEqual([]);
    expect(found("blu*")).toEqual([]);
  });

  test("[MEM-9] memories of the largest size are found by their last words", () => {
    const content = `${"x1 ".repeat(10_900)}last word`;
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(32_768);
    store([
      { content, tags: [] },
      { content: "x".repeat(32_768), tags: [] },
    ]);
    expect(found('"x1 last word"')).toEqual([0]);
    expect(found("X".repeat(32_768))).toEqual([1]);
    expect(found("x".repeat(32_767))).toEqual([]);
  });

  test("[MEM-3] a query that fills a frame is answered, whatever it is made of", () => {
    store([{ content: "zebra w7", tags: [] }]);
    const words = Array.from({ length: 25_000 }, (_, i) => `w${i}`);
    expect(found(words.join(" "))).toEqual([]);
    expect(found(words.join(" OR "))).toEqual([0]);
    expect(found(`"${words.join(" ")}"`)).toEqual([]);
    expect(found(`zebra ${words.map((word) => `-x${word}`).join(" ")}`)).toEqual([0]);
    expect(found(`zebra ${words.map((word) => `-${word}`).join(" ")}`)).toEqual([]);
  });
});
