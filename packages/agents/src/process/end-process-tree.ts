/**
 * Ends an agent and everything it started. Killing its process group is not enough: some agents put the commands they run
 * into sessions of their own, which outlive them.
 */
import { setTimeout as delay } from "node:timers/promises";
import { readProcessTable } from "./process-table.ts";
import { processesOf, type TreeRoot } from "./process-tree.ts";

export interface EndPlan {
  readonly pid: number;
  readonly mark: string;
  /** Whether the root has ended already. */
  readonly hasEnded: () => boolean;
  /** Time to end in peace, in milliseconds, before SIGKILL. */
  readonly graceMs: number;
  /** Asks the root to end by itself; it has a third of the grace to do so before SIGTERM. */
  readonly ask?: (() => void) | undefined;
}

const pollMs = 15;
const maxKillRounds = 50;

/** Resolves when no process of the tree lives any more. */
export async function endProcessTree(plan: EndPlan): Promise<void> {
  const known = new Set<number>();
  const look = async () => {
    const table = await readProcessTable();
    const root: TreeRoot = { pid: plan.pid, mark: plan.mark, hasEnded: plan.hasEnded(), known };
    const found = processesOf(table, root);
    for (const pid of known) if (!found.has(pid)) known.delete(pid);
    for (const pid of found) known.add(pid);
    return found;
  };
  // Asking for single pids would not do: one that has ended and waits for its parent still seems alive.
  const isGoneBy = async (deadline: number) => {
    while (performance.now() < deadline) {
      if ((await look()).size === 0) return true;
      await delay(pollMs);
    }
    return false;
  };

  await look();
  if (plan.graceMs > 0) {
    const start = performance.now();
    if (plan.ask !== undefined) {
      plan.ask();
      if (await isGoneBy(start + plan.graceMs / 3)) return;
      await look();
    }
    sendSignal(known, "SIGTERM");
    if (await isGoneBy(start + plan.graceMs)) return;
  }
  // What is started while the rest is killed is found in the next round.
  for (let round = 0; round < maxKillRounds; round += 1) {
    if ((await look()).size === 0) return;
    sendSignal(known, "SIGKILL");
    await delay(round === 0 ? 1 : pollMs);
  }
}

function sendSignal(pids: Iterable<number>, signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone meanwhile, or of another user.
    }
  }
}
