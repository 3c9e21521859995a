import type pg from "pg";
import { encodeIndexText } from "../search/index-text.ts";
import { toTsQuery, toTsVectorText } from "../search/tsvector.ts";
import { instant, type IndexedMemory, type MemoryIndex, type Sql } from "../sql.ts";

/** Memories of a mesh in the order they came, so many to an era; each carries the mark of its era. */
const ERA_MEMORIES = 2_048;
/** The newest eras, searched first. With fewer than twice as many everything is searched at once. */
const FIRST_ERAS = 2;
/** How many more eras are searched than would just do if matches were spread evenly. */
const MARGIN = 1.3;

/**
 * A tsvector column with its GIN index. The index answers with all matches in no order, and reading 40,000 of them to
 * find the 500 newest would take far too long ([PERF-11]). So a search asks in the newest eras first, which the index
 * cuts down by itself, and their answer tells how many eras it takes: few for a common word, all for a rare one.
 */
export function postgresMemoryIndex(client: pg.ClientBase, eraMemories = ERA_MEMORIES): MemoryIndex {
  return {
    async insert(sql, { n, id, rememberedAt, analyzed, scope, ordinal }) {
      const { contentStems, tagStems } = encodeIndexText(analyzed);
      const era = Math.floor(ordinal / eraMemories);
      const terms = [toTsVectorText(analyzed), ...[...scope, eraMark(era)].map(quoted)].join(" ");
      await sql.run(
        "INSERT INTO memory_texts (n, id, remembered_at, content, tags, content_length) VALUES (?, ?, ?, ?, ?, ?)",
        [n, id, instant(rememberedAt), contentStems, tagStems, analyzed.content.length],
      );
      await sql.run("INSERT INTO memory_search (n, terms) VALUES (?, ?::tsvector)", [n, terms]);
      await sql.run(
        `INSERT INTO memory_eras (mark, era, newest) VALUES (?, ?, ?)
         ON CONFLICT (mark, era) DO UPDATE SET newest = greatest(memory_eras.newest, excluded.newest)`,
        [scope[0], era, n],
      );
    },

    async remove(sql, n) {
      await sql.run("DELETE FROM memory_search WHERE n = ?", [n]);
      await sql.run("DELETE FROM memory_texts WHERE n = ?", [n]);
    },

    async find(sql, { query, scope, before, limit }) {
      const words = query === undefined ? null : toTsQuery(query);
      const places = await findPlaces(client, sql, { texts: words?.texts ?? [], scope, before, limit });
      const found = await sql.all<IndexedMemory>(
        `SELECT n, id, remembered_at AS "rememberedAt", content AS "contentStems", tags AS "tagStems", content_length AS length
         FROM memory_texts WHERE n = ANY(?) ORDER BY n DESC`,
        [places],
      );
      return { found, needsCheck: words?.needsCheck ?? false };
    },
  };
}

interface Era {
  era: number;
  newest: number;
}

interface Search {
  texts: readonly string[];
  scope: readonly string[];
  before: number | undefined;
  limit: number;
}

/** The places of the newest matches, newest first. */
async function findPlaces(client: pg.ClientBase, sql: Sql, search: Search): Promise<number[]> {
  const eras = await sql.all<Era>("SELECT era, newest FROM memory_eras WHERE mark = ? ORDER BY era DESC", [
    search.scope[0],
  ]);
  let count = search.before === undefined && eras.length >= 2 * FIRST_ERAS ? FIRST_ERAS : eras.length;
  while (count < eras.length) {
    const places = await findIn(client, search, eras.slice(0, count));
    const oldest = places[search.limit - 1];
    // Enough, unless a memory that came earlier says it is of a later time.
    if (oldest !== undefined && eras.slice(count).every(({ newest }) => newest < oldest)) return places;
    const expected = Math.ceil((count * MARGIN * search.limit) / Math.max(1, places.length));
    // Many eras cost more to tell apart than the rare word has matches.
    count = expected > count && expected <= eras.length / 2 ? expected : eras.length;
  }
  return findIn(client, search, []);
}

/** Without eras all are searched. */
async function findIn(
  client: pg.ClientBase,
  { texts, scope, before, limit }: Search,
  eras: readonly Era[],
): Promise<number[]> {
  const anyEra = eras.length === 0 ? [] : [`(${eras.map(({ era }) => quoted(eraMark(era))).join(" | ")})`];
  const marks = [...scope.map(quoted), ...anyEra].join(" & ");
  const terms = texts.length === 0 ? [marks] : texts.map((text) => `(${text}) & ${marks}`);
  const matches = terms.map((_text, index) => `terms @@ $${index + 3}::tsquery`).join(" OR ");
  // Ordered by an expression, because going back by the key of n would look at every memory for a rare word.
  const result = await client.query<{ n: number }>(
    `SELECT n FROM memory_search WHERE (${matches}) AND n + 0 < $1 ORDER BY n + 0 DESC LIMIT $2`,
    [before ?? Number.MAX_SAFE_INTEGER, limit, ...terms],
  );
  return result.rows.map(({ n }) => n);
}

function eraMark(era: number): string {
  return `¤e${era}`;
}

function quoted(mark: string): string {
  return `'${mark}'`;
}
