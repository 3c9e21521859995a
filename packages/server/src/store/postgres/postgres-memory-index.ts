import type pg from "pg";
import { encodeIndexText } from "../search/index-text.ts";
import { toTsQuery, toTsVectorText } from "../search/tsvector.ts";
import { instant, type IndexedMemory, type MemoryIndex, type Sql } from "../sql.ts";

/** Memories of a mesh in the order they came, so many to an era; each carries the mark of its era. */
const ERA_MEMORIES = 2_048;
/** Newest eras that are searched before everything is: a common word has its 500 newest in the first of them. */
const WINDOW_ERAS = [2, 8];

/**
 * A tsvector column with its GIN index. The index answers with all matches in no order, and reading 40,000 of them to
 * find the 500 newest would take far too long ([PERF-11]); so a search asks for matches in the newest eras first, which
 * the index cuts down by itself, and goes on to more only if there are not enough.
 */
export function postgresMemoryIndex(client: pg.ClientBase): MemoryIndex {
  return {
    async insert(sql, { n, id, rememberedAt, analyzed, scope, ordinal }) {
      const { contentStems, tagStems } = encodeIndexText(analyzed);
      const era = Math.floor(ordinal / ERA_MEMORIES);
      const terms = [toTsVectorText(analyzed), ...[...scope, eraMark(era)].map(quoted)].join(" ");
      await sql.run("INSERT INTO memory_texts (n, id, remembered_at, content, tags, content_length) VALUES (?, ?, ?, ?, ?, ?)", [
        n, id, instant(rememberedAt), contentStems, tagStems, analyzed.content.length,
      ]);
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
      const needsCheck = words?.needsCheck ?? false;
      const search = (eras: readonly number[]) => findIn(client, { texts: words?.texts ?? [], scope, eras, before, limit });

      const eras = await erasOf(sql, scope[0]);
      for (const count of before === undefined ? WINDOW_ERAS : []) {
        if (count >= eras.length) break;
        const found = await search(eras.slice(0, count).map(({ era }) => era));
        const oldest = found[limit - 1];
        // Enough, unless a memory that came earlier says it is of a later time.
        if (oldest !== undefined && eras.slice(count).every(({ newest }) => newest < oldest.n)) return { found, needsCheck };
      }
      return { found: await search([]), needsCheck };
    },
  };
}

interface Era {
  era: number;
  newest: number;
}

function erasOf(sql: Sql, mark: string | undefined): Promise<Era[]> {
  return sql.all<Era>("SELECT era, newest FROM memory_eras WHERE mark = ? ORDER BY era DESC", [mark]);
}

interface Search {
  texts: readonly string[];
  scope: readonly string[];
  /** Empty: all of them. */
  eras: readonly number[];
  before: number | undefined;
  limit: number;
}

async function findIn(client: pg.ClientBase, { texts, scope, eras, before, limit }: Search): Promise<IndexedMemory[]> {
  const anyEra = eras.length === 0 ? [] : [`(${eras.map((era) => quoted(eraMark(era))).join(" | ")})`];
  const marks = [...scope.map(quoted), ...anyEra].join(" & ");
  const terms = texts.length === 0 ? [marks] : texts.map((text) => `(${text}) & ${marks}`);
  const matches = terms.map((_text, index) => `terms @@ $${index + 3}::tsquery`).join(" OR ");
  // Ordered by an expression, because going back by the key of n would look at every memory for a rare word.
  const result = await client.query<IndexedMemory>(
    `SELECT t.n, t.id, t.remembered_at AS "rememberedAt", t.content AS "contentStems", t.tags AS "tagStems", t.content_length AS length
     FROM (SELECT n FROM memory_search WHERE (${matches}) AND n + 0 < $1 ORDER BY n + 0 DESC LIMIT $2) s
     JOIN memory_texts t ON t.n = s.n ORDER BY t.n DESC`,
    [before ?? Number.MAX_SAFE_INTEGER, limit, ...terms],
  );
  return result.rows;
}

function eraMark(era: number): string {
  return `¤e${era}`;
}

function quoted(mark: string): string {
  return `'${mark}'`;
}
