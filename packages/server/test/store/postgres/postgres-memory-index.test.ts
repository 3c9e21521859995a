import type { MemoryId } from "@parlatory/protocol";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migratePostgres } from "../../../src/store/postgres/migrate-postgres.ts";
import { connectionConfig } from "../../../src/store/postgres/postgres-connection.ts";
import { postgresMemoryIndex } from "../../../src/store/postgres/postgres-memory-index.ts";
import { createPostgresSql } from "../../../src/store/postgres/postgres-sql.ts";
import { analyze, analyzeMemory } from "../../../src/store/search/analyze.ts";
import { parseQuery } from "../../../src/store/search/query.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";

const ERA = 8;
const MEMORIES = 200;

let server: TestPostgres;
let client: pg.Client;
beforeAll(async () => {
  server = await startTestPostgres();
  client = new pg.Client(
    connectionConfig({ url: await server.createDatabase(), durability: "normal", applicationName: "x" }),
  );
  await client.connect();
  await migratePostgres(client, "test");
});
afterAll(async () => {
  await client.end();
  await server.stop();
});

interface Entry {
  n: number;
  content: string;
}

/** Fills an index whose eras are small; `placeOf` tells the place in time of the memory that comes as the given one. */
async function fill(mark: string, placeOf: (ordinal: number) => number): Promise<Entry[]> {
  const sql = createPostgresSql(client);
  const index = postgresMemoryIndex(client, ERA);
  const entries: Entry[] = [];
  for (let ordinal = 0; ordinal < MEMORIES; ordinal++) {
    const words = ["always", ...[2, 3, 7, 40].filter((every) => ordinal % every === 0).map((every) => `every${every}`)];
    const [n, content] = [placeOf(ordinal), words.join(" ")];
    const id = `${mark}${n}` as MemoryId;
    const analyzed = analyzeMemory({ content, tags: [] });
    await index.insert(sql, { n, id, rememberedAt: 0, analyzed, scope: [`¤${mark}`], ordinal });
    entries.push({ n, content });
  }
  return entries;
}

const WORDS = ["always", "every2", "every3", "every7", "every40", "never"];

async function expectNewest(mark: string, entries: readonly Entry[]): Promise<void> {
  const index = postgresMemoryIndex(client, ERA);
  for (const word of WORDS) {
    for (const limit of [1, 5, 20, 300]) {
      for (const before of [undefined, entries[90]?.n]) {
        const request = { query: parseQuery(word), scope: [`¤${mark}`], before, limit };
        const { found } = await index.find(createPostgresSql(client), request);
        const expected = entries
          .filter(
            ({ n, content }) =>
              analyze(content).includes(analyze(word)[0] ?? "") && (before === undefined || n < before),
          )
          .map(({ n }) => n)
          .toSorted((a, b) => b - a)
          .slice(0, limit);
        expect({ word, limit, found: found.map(({ n }) => n) }).toEqual({ word, limit, found: expected });
      }
    }
  }
}

test("[MEM-8] finds the newest matches in however many eras it takes, for common and rare words", async () => {
  await expectNewest("inorder", await fill("inorder", (ordinal) => 1_000 + ordinal));
});

test("[MEM-8] finds the newest by their instant also when old ones come late and new ones came early", async () => {
  const entries = await fill("shuffled", (ordinal) => 10_000 + ((ordinal * 77) % MEMORIES));
  await expectNewest("shuffled", entries);
});

test("[PERF-11] a common word is looked for in the newest eras only", async () => {
  const entries = await fill("watched", (ordinal) => 20_000 + ordinal);
  const searches: string[] = [];
  const watched = Object.create(client) as pg.Client;
  Object.assign(watched, {
    query: (text: unknown, values: unknown[] | undefined) => {
      if (typeof text === "string") searches.push(String(values?.at(-1)));
      return client.query(text as string, values);
    },
  });
  const request = { query: parseQuery("always"), scope: ["¤watched"], before: undefined, limit: 10 };
  const { found } = await postgresMemoryIndex(watched, ERA).find(createPostgresSql(client), request);
  expect(found[0]?.n).toBe(entries.at(-1)?.n);
  expect(searches).toHaveLength(1);
  expect(searches[0]).toContain("'¤e24' | '¤e23'");
});
