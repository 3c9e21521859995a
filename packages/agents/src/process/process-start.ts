import { readFileSync } from "node:fs";
import { readProcStat } from "./proc-stat.ts";
import { readProcessTable } from "./process-table.ts";

/**
 * When a process started, as a text that no later process of the same pid has, not even after a restart of the machine;
 * undefined when there is no such process. Compare it for equality only.
 */
export async function readProcessStart(pid: number): Promise<string | undefined> {
  const boot = bootId();
  if (boot !== undefined) {
    const stat = readProcStat(pid);
    return stat === undefined || stat.isZombie ? undefined : `${boot}:${stat.startTicks}`;
  }
  const row = (await readProcessTable()).find((candidate) => candidate.pid === pid && !candidate.isZombie);
  return row === undefined ? undefined : String(row.startedAt);
}

function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}
