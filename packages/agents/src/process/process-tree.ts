import type { ProcessRow } from "./process-table.ts";

/** How the processes of one agent are found. */
export interface TreeRoot {
  /** The process that was started, as leader of its own group. */
  readonly pid: number;
  /** It has ended, so that its pid may be another's by now. */
  readonly hasEnded: boolean;
  /** Its value of `AGENT_MARK`. */
  readonly mark: string;
  /** Found before: a process stays in the tree when its parent ends and it is given to another one. */
  readonly known: ReadonlySet<number>;
}

/**
 * The living processes of a tree: children of children of the root, whatever group or session they moved to, what is in a
 * group of one of them, and what carries the mark. Never this process or one that is not of the tree's making.
 */
export function processesOf(table: readonly ProcessRow[], root: TreeRoot): Set<number> {
  const living = table.filter((row) => !row.isZombie && row.pid !== process.pid && row.pid > 1);
  const ownGroup = table.find((row) => row.pid === process.pid)?.groupId;
  const members = new Set<number>();
  // The system gives no pid away while a group of that number has members.
  const isReused = root.hasEnded && living.some((row) => row.pid === root.pid && row.mark !== root.mark);
  const groups = new Set<number>(isReused ? [] : [root.pid]);
  let grew = true;
  while (grew) {
    grew = false;
    for (const row of living) {
      if (members.has(row.pid)) continue;
      const isMember =
        row.mark === root.mark || root.known.has(row.pid) || members.has(row.parentPid) || groups.has(row.groupId);
      if (!isMember) continue;
      members.add(row.pid);
      if (row.groupId !== ownGroup && row.groupId === row.pid) groups.add(row.groupId);
      grew = true;
    }
  }
  return members;
}
