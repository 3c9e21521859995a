import { readProcessTable } from "./process-table.ts";

/**
 * When a process started, as a text of whole seconds since 1970; readings of one process differ by up to two. Undefined when
 * there is no such process.
 */
export async function readProcessStart(pid: number): Promise<string | undefined> {
  const row = (await readProcessTable()).find((candidate) => candidate.pid === pid && !candidate.isZombie);
  return row === undefined ? undefined : String(Math.round(row.startedAt));
}
