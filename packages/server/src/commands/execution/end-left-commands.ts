/**
 * Ends what commands of a server that died have left running ([CMD-14]): the group of a command whose leader still is the
 * process that was recorded, and whatever carries its id in its environment. Nothing else, whatever its number.
 */
import type { Scheduler } from "../../ports.ts";
import type { CommandProcesses } from "./command-processes.ts";
import { processGroupOf } from "./process-group.ts";

export interface LeftCommand {
  readonly commandSessionId: string;
  readonly process?: { readonly pid: number; readonly startedAt: string } | undefined;
}

const GRACE_MS = 2_000;
const POLL_MS = 50;
/** One that lives in spite of SIGKILL hangs in the kernel; nobody can wait for that. */
const MAX_KILLS = 20;

export async function endLeftCommands(
  commands: readonly LeftCommand[],
  processes: CommandProcesses,
  scheduler: Scheduler,
): Promise<void> {
  if (commands.length === 0) return;
  const look = () => findLeft(commands, processes);
  if (!signalAll(await look(), "SIGTERM")) return;
  for (let waited = 0; waited < GRACE_MS; waited += POLL_MS) {
    await pause(scheduler, POLL_MS);
    if ((await look()).length === 0) return;
  }
  // What is started while the rest is killed is found in the next round.
  for (let round = 0; round < MAX_KILLS; round++) {
    if (!signalAll(await look(), "SIGKILL")) return;
    await pause(scheduler, POLL_MS);
  }
}

/** Negative for groups, as `kill` takes them. */
async function findLeft(commands: readonly LeftCommand[], processes: CommandProcesses): Promise<number[]> {
  const ids = new Set(commands.map(({ commandSessionId }) => commandSessionId));
  const targets = (await processes.marked()).flatMap(({ pid, commandSessionId }) =>
    ids.has(commandSessionId) && pid !== process.pid ? [pid] : [],
  );
  for (const { process: leader } of commands) {
    if (leader === undefined || leader.pid === process.pid) continue;
    const startedAt = await processes.startOf(leader.pid);
    if (startedAt !== undefined && startedAt === leader.startedAt && !processGroupOf(leader.pid).isEmpty()) {
      targets.push(-leader.pid);
    }
  }
  return targets;
}

function signalAll(targets: readonly number[], signal: NodeJS.Signals): boolean {
  for (const target of targets) {
    try {
      process.kill(target, signal);
    } catch {
      // Gone meanwhile, or of another user.
    }
  }
  return targets.length > 0;
}

function pause(scheduler: Scheduler, ms: number): Promise<void> {
  return new Promise((resolve) => void scheduler.after(ms, resolve));
}
