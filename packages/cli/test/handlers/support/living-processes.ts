import { readProcessTable } from "@parlatory/agents";

/** Those of `pids` that still run; one that has ended and waits for its parent does not. */
export async function livingProcesses(pids: readonly number[]): Promise<number[]> {
  const table = await readProcessTable();
  return pids.filter((pid) => table.some((row) => row.pid === pid && !row.isZombie));
}
