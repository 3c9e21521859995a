import { readFileSync } from "node:fs";

/** What Linux tells of a process in /proc, as far as it matters here. */
export interface ProcStat {
  /** Ended, and not yet taken note of by its parent: nothing can be done to it any more. */
  readonly isZombie: boolean;
  readonly parentPid: number;
  readonly groupId: number;
  /** When it started, in clock ticks since boot: exact, and not moved by a change of the time of day. */
  readonly startTicks: number;
}

/** One process of this machine; undefined when there is none of that number, or no /proc. */
export function readProcStat(pid: number): ProcStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name of the program, in parentheses, may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parentPid, groupId] = fields;
  if (state === undefined || parentPid === undefined || groupId === undefined) return undefined;
  return {
    isZombie: state === "Z" || state === "X",
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    startTicks: Number(fields[19]),
  };
}
