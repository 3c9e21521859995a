import type pg from "pg";
import { encodeIndexText } from "../search/index-text.ts";
import { toTsQuery, toTsVectorText } from "../search/tsvector.ts";
import type { IndexedMemory, MemoryIndex } from "../sql.ts";

/**
 * A tsvector column with its GIN index. A search is planned for its own words every time: for a rare word the index is
 * the way, for a common one going back in time from the newest until enough are found ([PERF-11]).
 */
export function postgresMemoryIndex(client: pg.ClientBase): MemoryIndex {
  return {
    async insert(sql, n, memory, scope) {
      const { contentStems, tagStems } = encodeIndexText(memory);
      const terms = `${toTsVectorText(memory)} ${scope.map(quoted).join(" ")}`;
      await sql.run("INSERT INTO memory_search (n, content, tags, terms) VALUES (?, ?, ?, ?::tsvector)", [n, contentStems, tagStems, terms]);
    },

    async remove(sql, n) {
      await sql.run("DELETE FROM memory_search WHERE n = ?", [n]);
    },

    async find(_, { query, scope, before, limit }) {
      const words = query === undefined ? null : toTsQuery(query);
      const marks = scope.map(quoted).join(" & ");
      const terms = words === null ? [marks] : words.texts.map((text) => `(${text}) & ${marks}`);
      const matches = terms.map((_text, index) => `terms @@ $${index + 3}::tsquery`).join(" OR ");
      // Without a name the server plans the statement for these words.
      const result = await client.query<IndexedMemory>(
        `SELECT s.n, m.id, m.remembered_at AS "rememberedAt", s.content AS "contentStems", s.tags AS "tagStems"
         FROM (SELECT n, content, tags FROM memory_search WHERE n < $1 AND (${matches}) ORDER BY n DESC LIMIT $2) s
         JOIN memories m ON m.n = s.n ORDER BY s.n DESC`,
        [before ?? Number.MAX_SAFE_INTEGER, limit, ...terms],
      );
      return { found: result.rows, needsCheck: words?.needsCheck ?? false };
    },
  };
}

function quoted(mark: string): string {
  return `'${mark}'`;
}
