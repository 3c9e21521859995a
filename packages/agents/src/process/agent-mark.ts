import { readProcessTable, type ProcessRow } from "./process-table.ts";

/** Differences between two readings of one start time; the kernel's own figures move by a second. */
const startToleranceSeconds = 2;

let ownStart: Promise<number> | undefined;

/** A fresh value of `AGENT_MARK`: who started the agent (process and its start time), and an id of its own. */
export async function createAgentMark(randomUuid: () => string): Promise<string> {
  ownStart ??= readProcessTable().then((table) => table.find((row) => row.pid === process.pid)?.startedAt ?? 0);
  return `${process.pid}:${Math.round(await ownStart)}:${randomUuid()}`;
}

const recorded = "recorded:";

/** The mark of an agent that its starter has on record: when that is gone, its successor looks after it ([AGENT-13]). */
export async function createRecordedMark(randomUuid: () => string): Promise<string> {
  return `${recorded}${await createAgentMark(randomUuid)}`;
}

export function isRecordedMark(mark: string): boolean {
  return mark.startsWith(recorded);
}

/** Whether the process that made `mark` is gone; false when that cannot be told. */
export function isOrphanMark(mark: string, table: readonly ProcessRow[]): boolean {
  const [, pid, startedAt] = /^(?:recorded:)?(\d+):(\d+):/.exec(mark) ?? [];
  if (pid === undefined || startedAt === undefined) return false;
  const owner = table.find((row) => row.pid === Number(pid) && !row.isZombie);
  return owner === undefined || Math.abs(owner.startedAt - Number(startedAt)) > startToleranceSeconds;
}
