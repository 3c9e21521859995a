import { createHash } from "node:crypto";
import type { MemberId, MemoryId, MeshId } from "@parlatory/protocol";
import { analyzeMemory } from "../search/analyze.ts";
import { tagKey } from "../search/tag-filter.ts";
import { instant, type Sql } from "../sql.ts";
import type { ForgetResult, MemoryRow } from "../store.ts";

interface StoredMemory extends Omit<MemoryRow, "tags"> {
  n: number;
  tags: string;
}

// Content and tags are JSON text, so that U+0000 and lone surrogates come back as they were written.
const MEMORY_COLUMNS = `n, id, mesh_id AS "meshId", content_json AS "content", tags_json AS "tags", member_id AS "memberId",
  member_pubkey AS "memberPubkey", remembered_by AS "rememberedBy", remembered_at AS "rememberedAt"`;

/** Memories of one millisecond that keep their order; with the epoch it keeps `n` an exact number for 60 years. */
const PLACES_PER_MS = 4_096;
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** 64 bits: two tags of one mesh do not meet. */
const MARK_HEX = 16;

const ID_OR_PREFIX = /^[0-9a-z]{6,20}$/;

/** Stores a memory and its index entry; counts only what is not forgotten ([MEM-1]). */
export async function addMemory(sql: Sql, memory: MemoryRow, maxMemories: number): Promise<"stored" | "limit"> {
  await sql.lock("memories");
  const { present, added } = await countMemories(sql, memory.meshId);
  if (present >= maxMemories) return "limit";
  const n = await freePlace(sql, memory.rememberedAt);
  await sql.run(
    `INSERT INTO memories (n, id, mesh_id, content_json, tags_json, member_id, member_pubkey, remembered_by, remembered_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      n,
      memory.id,
      memory.meshId,
      JSON.stringify(memory.content),
      JSON.stringify(memory.tags),
      memory.memberId,
      memory.memberPubkey,
      memory.rememberedBy,
      instant(memory.rememberedAt),
    ],
  );
  await sql.memoryIndex.insert(sql, {
    n,
    id: memory.id,
    rememberedAt: memory.rememberedAt,
    analyzed: analyzeMemory(memory),
    scope: searchScope(memory.meshId, memory.tags),
    ordinal: added,
  });
  await sql.run(
    `INSERT INTO memory_counts (mesh_id, present, added) VALUES (?, 1, 1)
     ON CONFLICT (mesh_id) DO UPDATE SET present = memory_counts.present + 1, added = memory_counts.added + 1`,
    [memory.meshId],
  );
  return "stored";
}

/** Newest first ([MEM-4]); `before` may name a forgotten memory, an unknown one gives an empty page. */
export async function listMemories(
  sql: Sql,
  request: { meshId: MeshId; limit: number; before?: string | undefined; tags?: readonly string[] | undefined },
): Promise<{ memories: MemoryRow[]; next: MemoryId | undefined }> {
  let before: number | undefined;
  if (request.before !== undefined) {
    const cursor = await sql.first<{ n: number }>("SELECT n FROM memories WHERE mesh_id = ? AND id = ?", [
      request.meshId,
      request.before,
    ]);
    if (cursor === undefined) return { memories: [], next: undefined };
    before = cursor.n;
  }
  // One more than asked tells whether there is a next page.
  const page = { meshId: request.meshId, before, limit: request.limit + 1 };
  const tags = request.tags ?? [];
  const rows = tags.length === 0 ? await newestMemories(sql, page) : await newestTagged(sql, { ...page, tags });
  const memories = rows.slice(0, request.limit);
  return { memories, next: rows.length > request.limit ? memories.at(-1)?.id : undefined };
}

async function newestMemories(
  sql: Sql,
  page: { meshId: MeshId; before: number | undefined; limit: number },
): Promise<MemoryRow[]> {
  const rows = await sql.all<StoredMemory>(
    `SELECT ${MEMORY_COLUMNS} FROM memories WHERE mesh_id = ? AND forgotten_at IS NULL AND n < ? ORDER BY n DESC LIMIT ?`,
    [page.meshId, page.before ?? Number.MAX_SAFE_INTEGER, page.limit],
  );
  return rows.map(toMemory);
}

/** Memories with all these tags, newest first ([MEM-3]). */
export async function newestTagged(
  sql: Sql,
  page: { meshId: MeshId; before: number | undefined; limit: number; tags: readonly string[] },
): Promise<MemoryRow[]> {
  const scope = searchScope(page.meshId, page.tags);
  const { found } = await sql.memoryIndex.find(sql, {
    query: undefined,
    scope,
    before: page.before,
    limit: page.limit,
  });
  return readMemories(
    sql,
    found.map(({ n }) => n),
  );
}

/** The memories at these places, in the order of the places. */
export async function readMemories(sql: Sql, places: readonly number[]): Promise<MemoryRow[]> {
  if (places.length === 0) return [];
  const rows = await sql.all<StoredMemory>(`SELECT ${MEMORY_COLUMNS} FROM memories WHERE n = ANY(?)`, [places]);
  const byPlace = new Map(rows.map((row) => [row.n, row]));
  return places.flatMap((n) => {
    const row = byPlace.get(n);
    return row === undefined ? [] : [toMemory(row)];
  });
}

/** Takes a memory out of recall and list at once; the row stays until `purge` ([MEM-5]). */
export async function forget(
  sql: Sql,
  request: { meshId: MeshId; idOrPrefix: string; memberId?: MemberId | undefined; at: number },
): Promise<ForgetResult> {
  if (!ID_OR_PREFIX.test(request.idOrPrefix)) return { outcome: "not_found" };
  await sql.lock("memories");
  const matches = await sql.all<{ n: number; id: MemoryId; memberId: MemberId }>(
    // "{" is the character after "z": ids that start with the prefix are exactly those of the range.
    `SELECT n, id, member_id AS "memberId" FROM memories
     WHERE mesh_id = ? AND id >= ? AND id < ? AND forgotten_at IS NULL ORDER BY id LIMIT 2`,
    [request.meshId, request.idOrPrefix, `${request.idOrPrefix}{`],
  );
  const [memory, other] = matches;
  if (memory === undefined) return { outcome: "not_found" };
  if (other !== undefined) return { outcome: "ambiguous" };
  if (request.memberId !== undefined && request.memberId !== memory.memberId) return { outcome: "forbidden" };
  await sql.run("UPDATE memories SET forgotten_at = ? WHERE n = ?", [instant(request.at), memory.n]);
  await sql.memoryIndex.remove(sql, memory.n);
  await sql.run("UPDATE memory_counts SET present = present - 1 WHERE mesh_id = ?", [request.meshId]);
  return { outcome: "forgotten", id: memory.id };
}

/** Marks that stand for the mesh and for whole tags: the sign in front is in no stem, so no query word finds them. */
export function searchScope(meshId: MeshId, tags: readonly string[]): string[] {
  const keys = new Set(tags.map(tagKey));
  return [scopeMark("m", meshId), ...Array.from(keys, (key) => scopeMark("t", JSON.stringify(key)))];
}

function scopeMark(kind: "m" | "t", key: string): string {
  return `¤${kind}${createHash("sha256").update(key).digest("hex").slice(0, MARK_HEX)}`;
}

/** The lowest free place at or after an instant: places are in time order, and in order of arrival within one. */
async function freePlace(sql: Sql, rememberedAt: number): Promise<number> {
  let start = (rememberedAt - EPOCH_MS) * PLACES_PER_MS;
  for (;;) {
    const row = await sql.first<{ n: number | null }>("SELECT max(n) AS n FROM memories WHERE n >= ? AND n < ?", [
      start,
      start + PLACES_PER_MS,
    ]);
    const n = (row?.n ?? start - 1) + 1;
    if (n < start + PLACES_PER_MS) return n;
    start += PLACES_PER_MS;
  }
}

async function countMemories(sql: Sql, meshId: MeshId): Promise<{ present: number; added: number }> {
  const row = await sql.first<{ present: number; added: number }>(
    "SELECT present, added FROM memory_counts WHERE mesh_id = ?",
    [meshId],
  );
  return row ?? { present: 0, added: 0 };
}

function toMemory({ n: _, ...row }: StoredMemory): MemoryRow {
  return { ...row, content: JSON.parse(row.content) as string, tags: JSON.parse(row.tags) as string[] };
}
