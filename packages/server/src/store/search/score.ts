import type { AnalyzedMemory } from "./analyze.ts";
import { parseIndexText, type IndexText } from "./index-text.ts";

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
  return sumScore(stems, {
    length: memory.content.length,
    count: (stem) => counts.get(stem) ?? 0,
    isTagged: (stem) => memory.tags.some((tag) => tag.includes(stem)),
  });
}

/** More stems than this are counted faster by reading a text once than by looking for each of them. */
const MAX_SEARCHED_STEMS = 32;

/** As `scoreMemory`, from what a store keeps: `length` is the number of stems of the content ([MEM-8]). */
export function scoreIndexText(stems: ReadonlySet<string>, text: IndexText & { length: number }): number {
  if (stems.size > MAX_SEARCHED_STEMS) return scoreMemory(stems, parseIndexText(text));
  const content = ` ${text.contentStems} `;
  const tags = ` ${text.tagStems} `;
  return sumScore(stems, {
    length: text.length,
    count: (stem) => countBetweenBlanks(content, stem),
    isTagged: (stem) => tags.includes(` ${stem} `),
  });
}

interface StemCounts {
  length: number;
  count: (stem: string) => number;
  isTagged: (stem: string) => boolean;
}

function sumScore(stems: ReadonlySet<string>, { length, count, isTagged }: StemCounts): number {
  const lengthPenalty = 1.2 * (0.25 + (0.75 * length) / 100);
  let score = 0;
  for (const stem of stems) {
    const times = count(stem);
    score += times / (times + lengthPenalty);
    if (isTagged(stem)) score += 0.5;
  }
  return Math.round(score * 10_000) / 10_000;
}

function countBetweenBlanks(text: string, stem: string): number {
  const between = ` ${stem} `;
  let count = 0;
  // The blank after one stem is the blank before the next.
  for (let at = text.indexOf(between); at !== -1; at = text.indexOf(between, at + between.length - 1)) count++;
  return count;
}

/** Orders results: score down, time down, id up ([MEM-8]). */
export function compareRanked(a: RankedMemory, b: RankedMemory): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.rememberedAt !== b.rememberedAt) return b.rememberedAt - a.rememberedAt;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return 0;
}
