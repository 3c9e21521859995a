/**
 * Runs the agent with this process's own terminal and ends as it ends. Signals to this process go on to it; Ctrl-C of a
 * terminal does not, because the terminal sends it to both.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { CommandContext } from "../harness/context.ts";
import type { LineReader } from "./line-reader.ts";

export interface ChildPlan {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where questions were answered from; what else is in a pipe is for the child. */
  readonly lines: LineReader | undefined;
}

export interface ChildEnd {
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

const signalStatusBase = 128;

/** Rejects with the system's error when the program cannot be started. */
export function runChild(context: CommandContext, plan: ChildPlan): Promise<ChildEnd> {
  const { isTerminal, terminal, workingDirectory } = context;
  const isPiped = plan.lines !== undefined && !isTerminal.stdin;
  const read = plan.lines?.release();
  const child = spawn(plan.program, plan.arguments, {
    cwd: workingDirectory,
    env: plan.environment,
    stdio: [isPiped ? "pipe" : "inherit", "inherit", "inherit"],
  });
  if (isPiped && child.stdin !== null) {
    // The child may not read to the end.
    child.stdin.on("error", () => undefined);
    if (read !== undefined && read.rest.length > 0) child.stdin.write(read.rest);
    if (read?.ended === true) child.stdin.end();
    else terminal.input.pipe(child.stdin);
  }
  const onTerminal = isTerminal.stdin || isTerminal.stdout || isTerminal.stderr;
  const stopPassing = context.onSignal((signal) => {
    if (signal !== "SIGINT" || !onTerminal) child.kill(signal);
  });
  return new Promise<ChildEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      const number = signal === null ? 0 : constants.signals[signal];
      resolve({ exitCode: code ?? signalStatusBase + number, signal });
    });
  }).finally(stopPassing);
}
