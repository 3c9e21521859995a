import type { AnalyzedMemory } from "./analyze.ts";

/** When more memories match, only this many of the newest are ranked ([MEM-8]). */
export const MAX_RANKED_MEMORIES = 500;

export interface RankedMemory {
  id: string;
  /** Milliseconds since the epoch. */
  rememberedAt: number;
  score: number;
}

/** Scores a memory for the positive stems of a query ([MEM-8]); 4 decimals. */
export function scoreMemory(stems: ReadonlySet<string>, memory: AnalyzedMemory): number {
  const counts = new Map<string, number>();
  for (const stem of memory.content) {
    if (stems.has(stem)) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  const lengthPenalty = 1.2 * (0.25 + (0.75 * memory.content.length) / 100);
  let score = 0;
  for (const stem of stems) {
    const count = counts.get(stem) ?? 0;
    score += count / (count + lengthPenalty);
    if (memory.tags.some((tag) => tag.includes(stem))) score += 0.5;
  }
  return Math.round(score * 10_000) / 10_000;
}

/** Orders results: score down, time down, id up ([MEM-8]). */
export function compareRanked(a: RankedMemory, b: RankedMemory): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.rememberedAt !== b.rememberedAt) return b.rememberedAt - a.rememberedAt;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return 0;
}
