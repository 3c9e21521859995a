import type { MeshId } from "@parlatory/protocol";
import { parseIndexText } from "../search/index-text.ts";
import { matchesQuery } from "../search/match.ts";
import { isSearchable, parseQuery, positiveStems, type SearchQuery } from "../search/query.ts";
import { MAX_RANKED_MEMORIES, compareRanked, scoreIndexText } from "../search/score.ts";
import type { Sql } from "../sql.ts";
import type { RecalledMemory } from "../store.ts";
import { newestTagged, readMemories, searchScope } from "./memory-operations.ts";

/** Text analysed in one go, in UTF-16 units: about a millisecond of computing. */
const SLICE_CHARS = 100_000;

/** Finds and ranks memories ([MEM-2], [MEM-3], [MEM-7] to [MEM-9]). */
export async function recall(
  sql: Sql,
  request: { meshId: MeshId; query: string; tags: readonly string[]; limit: number },
): Promise<RecalledMemory[]> {
  const query = parseQuery(request.query);
  if (!isSearchable(query)) {
    if (request.tags.length === 0) return [];
    const memories = await newestTagged(sql, {
      meshId: request.meshId,
      tags: request.tags,
      before: undefined,
      limit: request.limit,
    });
    return memories.map((memory) => ({ ...memory, score: 0 }));
  }

  const scope = searchScope(request.meshId, request.tags);
  const scored = await scoreNewest(sql, query, scope);
  const best = scored.toSorted(compareRanked).slice(0, request.limit);
  const memories = await readMemories(
    sql,
    best.map(({ n }) => n),
  );
  const scores = new Map(best.map(({ id, score }) => [id, score]));
  return memories.map((memory) => ({ ...memory, score: scores.get(memory.id) ?? 0 }));
}

interface ScoredMemory {
  n: number;
  id: string;
  rememberedAt: number;
  score: number;
}

/** The newest that really match, at most as many as are ranked, each with its score ([MEM-8]). */
async function scoreNewest(sql: Sql, query: SearchQuery, scope: readonly string[]): Promise<ScoredMemory[]> {
  const stems = positiveStems(query);
  const scored: ScoredMemory[] = [];
  let before: number | undefined;
  let sliceChars = 0;
  for (;;) {
    const { found, needsCheck } = await sql.memoryIndex.find(sql, { query, scope, before, limit: MAX_RANKED_MEMORIES });
    for (const candidate of found) {
      sliceChars += candidate.contentStems.length + candidate.tagStems.length;
      if (sliceChars > SLICE_CHARS) {
        await sql.breathe();
        sliceChars = 0;
      }
      if (needsCheck && !matchesQuery(query, parseIndexText(candidate))) continue;
      scored.push({
        n: candidate.n,
        id: candidate.id,
        rememberedAt: candidate.rememberedAt,
        score: scoreIndexText(stems, candidate),
      });
      if (scored.length === MAX_RANKED_MEMORIES) return scored;
    }
    // Candidates that turned out not to match made room for older ones.
    if (found.length < MAX_RANKED_MEMORIES) return scored;
    before = found.at(-1)?.n;
  }
}
