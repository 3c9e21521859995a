/** Processes of this machine as the desk asks for them; `main.ts` gives it from the system's process table. */
export interface CommandProcesses {
  /** When `pid` started, as the system tells it: the same at all times, another when the number was given away. */
  startOf(pid: number): Promise<string | undefined>;
  /** Those whose environment has COMMAND_SESSION_VARIABLE, as far as environments may be seen. None that have ended. */
  marked(): Promise<readonly MarkedProcess[]>;
}

export interface MarkedProcess {
  readonly pid: number;
  readonly commandSessionId: string;
}
