import { toFts5Query } from "../search/fts5.ts";
import { encodeIndexText } from "../search/index-text.ts";
import type { IndexedMemory, MemoryIndex } from "../sql.ts";

/**
 * FTS5 with the place of a memory as rowid: results come newest first without sorting, so a common word costs no more
 * than the number asked for ([PERF-11]).
 */
export const sqliteMemoryIndex: MemoryIndex = {
  async insert(sql, { n, id, rememberedAt, analyzed, scope }) {
    const { contentStems, tagStems } = encodeIndexText(analyzed);
    await sql.run(
      "INSERT INTO memory_search (rowid, content, tags, scope, id, remembered_at, content_length) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [n, contentStems, tagStems, scope.join(" "), id, rememberedAt, analyzed.content.length],
    );
  },

  async remove(sql, n) {
    await sql.run("DELETE FROM memory_search WHERE rowid = ?", [n]);
  },

  async find(sql, { query, scope, before, limit }) {
    const words = query === undefined ? null : toFts5Query(query);
    const marks = scope.map((mark) => `"${mark}"`).join(" AND ");
    const found = await sql.all<IndexedMemory>(
      `SELECT rowid AS n, id, remembered_at AS "rememberedAt", content AS "contentStems", tags AS "tagStems", content_length AS length
       FROM memory_search WHERE memory_search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?`,
      [words === null ? marks : `(${words}) AND (${marks})`, before ?? Number.MAX_SAFE_INTEGER, limit],
    );
    return { found, needsCheck: false };
  },
};
