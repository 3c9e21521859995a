import type { ProcessWatch } from "../../../src/sessions/runs/process-watch.ts";

export interface MachineProcess {
  readonly pid: number;
  readonly mark: string;
  readonly serverId: string;
  isAlive: boolean;
  /** How long it was given to end, when somebody ended it. */
  endedWithin?: number;
}

/** The processes of a machine: those of servers and of agents, some of which outlive the server that started them. */
export class AgentMachine implements ProcessWatch {
  readonly servers = new Map<string, { pid: number; isAlive: boolean }>();
  readonly agents: MachineProcess[] = [];
  #lastPid = 100;

  startServer(serverId: string): { pid: number; pidStartedAt: string } {
    const pid = ++this.#lastPid;
    this.servers.set(serverId, { pid, isAlive: true });
    return { pid, pidStartedAt: String(pid) };
  }

  startAgent(serverId: string): MachineProcess {
    const pid = ++this.#lastPid;
    const agent: MachineProcess = { pid, mark: `${serverId}:${pid}`, serverId, isAlive: true };
    this.agents.push(agent);
    return agent;
  }

  get livingAgents(): readonly MachineProcess[] {
    return this.agents.filter(({ isAlive }) => isAlive);
  }

  async isAlive(pid: number, startedAt: string): Promise<boolean> {
    return [...this.servers.values()].some((one) => one.pid === pid && one.isAlive && String(pid) === startedAt);
  }

  async isAgentAlive({ mark }: { mark: string }): Promise<boolean> {
    return this.agents.some((agent) => agent.mark === mark && agent.isAlive);
  }

  async isOrphan({ mark }: { mark: string }): Promise<boolean> {
    const serverId = mark.slice(0, mark.lastIndexOf(":"));
    return this.servers.get(serverId)?.isAlive !== true;
  }

  async end({ mark }: { mark: string }, graceMs: number): Promise<void> {
    const agent = this.agents.find((one) => one.mark === mark);
    if (agent === undefined) return;
    agent.isAlive = false;
    agent.endedWithin = graceMs;
  }
}
