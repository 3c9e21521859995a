/** What is known of processes of this machine: whether a server or an agent still lives, and ending an agent's tree. */
import { endProcessTree, isOrphanMark, readProcessTable } from "@parlatory/agents";
import type { AgentProcessRow } from "../../store/remote-store.ts";

type TracedProcess = Pick<AgentProcessRow, "pid" | "pidStartedAt" | "mark">;

export interface ProcessWatch {
  /** Whether the process of that pid and start (`readProcessStart`) lives; another that got the pid does not count. */
  isAlive(pid: number, startedAt: string): Promise<boolean>;
  /** Whether anything of an agent lives: itself, or what carries its mark. */
  isAgentAlive(agent: TracedProcess): Promise<boolean>;
  /** Whether the server that started the agent is gone. */
  isOrphan(agent: TracedProcess): Promise<boolean>;
  /** Asks it to end, and ends it and all it started after `graceMs` ([AGENT-12]). */
  end(agent: TracedProcess, graceMs: number): Promise<void>;
}

/** Readings of one start time differ by as much: the kernel's own figures move. */
const startToleranceSeconds = 2;

export function createProcessWatch(): ProcessWatch {
  const find = async (pid: number, startedAt: string) => {
    const table = await readProcessTable();
    return table.find((row) => row.pid === pid && !row.isZombie && isSameStart(row.startedAt, startedAt));
  };
  const isAgentAlive = async ({ pid, pidStartedAt, mark }: TracedProcess) => {
    const table = await readProcessTable();
    return table.some(
      (row) => !row.isZombie && (row.mark === mark || (row.pid === pid && isSameStart(row.startedAt, pidStartedAt))),
    );
  };
  return {
    isAlive: async (pid, startedAt) => (await find(pid, startedAt)) !== undefined,
    isAgentAlive,
    isOrphan: async ({ mark }) => isOrphanMark(mark, await readProcessTable()),
    end: async (agent, graceMs) => {
      if (!(await isAgentAlive(agent))) return;
      const isItself = (await find(agent.pid, agent.pidStartedAt)) !== undefined;
      await endProcessTree({ pid: agent.pid, mark: agent.mark, hasEnded: () => !isItself, graceMs });
    },
  };
}

function isSameStart(seconds: number, text: string): boolean {
  return Math.abs(seconds - Number(text)) <= startToleranceSeconds;
}
