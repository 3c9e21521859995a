import { isOrphanMark, isRecordedMark } from "./agent-mark.ts";
import { endProcessTree } from "./end-process-tree.ts";
import { readProcessTable } from "./process-table.ts";

/**
 * Ends the agents whose starter is gone: one that was killed could not end them itself. Agents of living processes are left
 * alone, and so are those on record, which may yet finish a turn ([AGENT-13]).
 * @returns the number of agents that were found and ended
 */
export async function sweepOrphans(options: { readonly graceMs: number }): Promise<number> {
  const table = await readProcessTable();
  const rootOf = new Map<string, number>();
  for (const { pid, mark, isZombie } of table.toSorted((a, b) => a.startedAt - b.startedAt || a.pid - b.pid)) {
    if (mark === undefined || isZombie || rootOf.has(mark) || isRecordedMark(mark)) continue;
    if (isOrphanMark(mark, table)) rootOf.set(mark, pid);
  }
  const hasEnded = () => true; // so only the mark tells what is of the tree
  await Promise.all(
    [...rootOf].map(([mark, pid]) => endProcessTree({ pid, mark, hasEnded, graceMs: options.graceMs })),
  );
  return rootOf.size;
}
