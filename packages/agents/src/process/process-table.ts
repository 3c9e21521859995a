import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { readProcStat } from "./proc-stat.ts";

export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  /** Ended, and not yet taken note of by its parent: nothing can be done to it any more. */
  readonly isZombie: boolean;
  /** Seconds since 1970, good to two seconds. */
  readonly startedAt: number;
  /** Value of the variable that was asked for in its environment; undefined also when that may not be read. */
  readonly mark: string | undefined;
}

/** A variable that every process of an agent inherits, and by which it is found again when its parents are gone. */
export const AGENT_MARK = "PARL_AGENT_MARK";

export type ProcessTableSource = "proc" | "ps";

/**
 * Every process of this machine that may be seen: from /proc where there is one, else from `ps` (macOS). `variable`: the one
 * of their environments that is shown as `mark`; its name and its values have neither spaces nor signs of patterns.
 */
export async function readProcessTable(source?: ProcessTableSource, variable = AGENT_MARK): Promise<ProcessRow[]> {
  const markPattern = new RegExp(`(?:^|[\\0\\s])${variable}=([^\\0\\s]*)`);
  if (source !== "ps") {
    const rows = readProc(markPattern);
    if (rows !== undefined) return rows;
  }
  return parsePs(await runPs(), markPattern);
}

const clockTicksPerSecond = 100; // USER_HZ: 100 on every Linux that Node runs on

function readProc(markPattern: RegExp): ProcessRow[] | undefined {
  const bootedAt = Number(/^btime (\d+)$/m.exec(readOrEmpty("/proc/stat"))?.[1]);
  if (!Number.isFinite(bootedAt)) return undefined;
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const stat = readProcStat(pid);
    if (stat === undefined) continue; // ended meanwhile
    rows.push({
      pid,
      parentPid: stat.parentPid,
      groupId: stat.groupId,
      isZombie: stat.isZombie,
      startedAt: bootedAt + stat.startTicks / clockTicksPerSecond,
      mark: markPattern.exec(readOrEmpty(`/proc/${name}/environ`))?.[1],
    });
  }
  return rows;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const psColumns = "pid=,ppid=,pgid=,stat=,lstart=";

/** The environment of a process is shown behind its command line, if at all. */
function runPs(): Promise<string> {
  const args =
    process.platform === "linux"
      ? ["axeww", "-o", `${psColumns},args=`]
      : ["-A", "-E", "-w", "-w", "-o", `${psColumns},command=`];
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" }, maxBuffer: 64 * 2 ** 20, timeout: 5000 };
    execFile("ps", args, options, (failure, stdout) => {
      if (failure === null) resolve(stdout);
      else reject(new Error(`list the processes of this machine with ps: ${failure.message}`, { cause: failure }));
    });
  });
}

const psRow = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4})\s*(.*)$/;

function parsePs(text: string, markPattern: RegExp): ProcessRow[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parentPid, groupId, state = "", started, command = ""] = psRow.exec(line) ?? [];
    if (pid === undefined) return [];
    return [
      {
        pid: Number(pid),
        parentPid: Number(parentPid),
        groupId: Number(groupId),
        isZombie: state.startsWith("Z"),
        startedAt: Date.parse(`${started} UTC`) / 1000,
        mark: markPattern.exec(command)?.[1],
      },
    ];
  });
}
