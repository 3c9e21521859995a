/**
 * Who this process is, and whether another one is still there [SES-9]. Numbers of processes are used again, so a name of
 * one has its start too. It must not know locks.
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { readProcStat, type ProcStat } from "@parlatory/agents/proc-stat";

export interface ProcessName {
  readonly pid: number;
  /** Opaque; two processes of one number never have the same. */
  readonly started: string;
}

export interface ProcessWitness {
  readonly host: string;
  readonly self: ProcessName;
  /** False also when that cannot be told: nobody loses a lock by a guess. */
  isGone(name: ProcessName): Promise<boolean>;
}

/** Two sources of one start time differ by less; a number comes round again much later. */
const startToleranceSeconds = 10;

/** Sees the processes of this machine: in /proc where there is one, else with `ps`. */
export function createProcessWitness(pid: number): ProcessWitness {
  const host = hostname();
  const boot = readBoot();
  const own = boot === undefined ? undefined : readProcStat(pid);
  if (boot === undefined || own === undefined) return new PsWitness(host, pid);
  return new ProcWitness(host, pid, { boot, own });
}

function readBoot(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}

class ProcWitness implements ProcessWitness {
  readonly host: string;
  readonly self: ProcessName;
  readonly #boot: string;

  constructor(host: string, pid: number, { boot, own }: { readonly boot: string; readonly own: ProcStat }) {
    this.host = host;
    this.#boot = boot;
    this.self = { pid, started: this.#startOf(own) };
  }

  isGone({ pid, started }: ProcessName): Promise<boolean> {
    const stat = readProcStat(pid);
    // A process of another user may be hidden in /proc.
    const gone = stat === undefined ? !canBeSignalled(pid) : stat.isZombie || this.#startOf(stat) !== started;
    return Promise.resolve(gone);
  }

  /** Ticks since boot, and which boot: neither moves when somebody sets the clock. */
  #startOf({ startTicks }: ProcStat): string {
    return `${this.#boot}:${startTicks}`;
  }
}

export class PsWitness implements ProcessWitness {
  readonly host: string;
  readonly self: ProcessName;

  constructor(host: string, pid: number) {
    this.host = host;
    this.self = { pid, started: String(Math.round(performance.timeOrigin / 1000)) };
  }

  async isGone({ pid, started }: ProcessName): Promise<boolean> {
    if (!canBeSignalled(pid)) return true;
    const { readProcessTable } = await import("@parlatory/agents");
    const row = await readProcessTable("ps").then(
      (table) => table.find((each) => each.pid === pid),
      () => undefined,
    );
    if (row === undefined) return false;
    return row.isZombie || !(Math.abs(row.startedAt - Number(started)) <= startToleranceSeconds);
  }
}

/** Signal 0 only asks. */
function canBeSignalled(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return thrown instanceof Error && Reflect.get(thrown, "code") === "EPERM";
  }
}
