/**
 * Runs a program of a row and keeps what it writes. It must not know rows, prompts or envelopes.
 * States: starting → running → exited | stopping (limit or signal: the whole process tree is ended) → drained.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { AGENT_MARK, endProcessTree } from "@parlatory/agents";
import type { CommandContext } from "../harness/context.ts";
import type { Ending } from "./execution.ts";
import type { OutputCapture } from "./output-capture.ts";
import type { RunLimit } from "./run-limit.ts";
import { openSharedPipe, type SharedPipe } from "./shared-pipe.ts";

export interface ProgramPlan {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Given on stdin, which then ends; without it stdin is empty. */
  readonly input?: string | undefined;
}

/** From SIGTERM to SIGKILL, when the program must end [CAN-3]. */
const graceMs = 100;
/** What the program left running may hold its output open; what it wrote itself is there by then. */
const drainMs = 250;
const markBytes = 16;

/**
 * Resolves when the program has ended, or is ended with its whole tree because of `limit`. Never rejects for what the
 * program does. What it left running in the background when it ended by itself is left alone, as a shell does.
 */
export async function runProgram(
  context: Pick<CommandContext, "randomBytes">,
  plan: ProgramPlan,
  { capture, limit }: { readonly capture: OutputCapture; readonly limit: RunLimit },
): Promise<Ending> {
  // Without a way to make one pipe, the order of the two outputs is what can be given up.
  const pipe = await openSharedPipe().catch(() => undefined);
  // Not a mark of an agent: nobody sweeps away what the program left in the background.
  const mark = `handler:${Buffer.from(context.randomBytes(markBytes)).toString("hex")}`;
  const child = start(plan, mark, pipe);
  if ("type" in child) {
    closePipe(pipe);
    return child;
  }
  let hasEnded = false;
  const exited = new Promise<Ending>((resolve) => {
    child.once("exit", (exitCode, signal) => {
      hasEnded = true;
      if (signal === null) resolve({ type: "exited", exitCode: exitCode ?? 0 });
      else resolve({ type: "signalled", signal });
    });
    child.once("error", (error: NodeJS.ErrnoException) => resolve(notStarted(plan, error)));
  });
  pipe?.writeEnd.destroy();
  const both: readonly (Readable | null)[] = pipe === undefined ? [child.stdout, child.stderr] : [pipe.readEnd];
  const outputs = both.filter((output) => output !== null);
  const drained = Promise.all(outputs.map((output) => capturing(output, capture)));
  child.stdin?.on("error", () => undefined); // it may end before it has read everything
  child.stdin?.end(plan.input);

  const stopped = Promise.withResolvers<undefined>();
  const stop = (): void => stopped.resolve(undefined);
  limit.signal.addEventListener("abort", stop, { once: true });
  if (limit.signal.aborted) stop();
  let ending = await Promise.race([exited, stopped.promise]);
  limit.signal.removeEventListener("abort", stop);
  if (ending === undefined) {
    const { pid } = child;
    if (pid !== undefined) await endProcessTree({ pid, mark, graceMs, hasEnded: () => hasEnded });
    ending = { type: "stopped", by: limit.cause ?? "signal" };
  }
  await within(drainMs, drained);
  for (const output of outputs) output.destroy();
  child.stdin?.destroy();
  if (!hasEnded) child.unref(); // it hangs in the kernel, and nobody can wait for that
  return ending;
}

function start(plan: ProgramPlan, mark: string, pipe: SharedPipe | undefined): ChildProcess | Ending {
  const { program, workingDirectory, environment, input } = plan;
  const output = pipe?.writeEnd ?? "pipe";
  try {
    return spawn(program, plan.arguments, {
      cwd: workingDirectory,
      env: { ...environment, [AGENT_MARK]: mark },
      stdio: [input === undefined ? "ignore" : "pipe", output, output],
      detached: true, // a process group of its own
    });
  } catch (error) {
    // Some failures of starting are thrown, the others are events.
    return notStarted(plan, error as NodeJS.ErrnoException);
  }
}

function notStarted({ program }: ProgramPlan, { code, message }: NodeJS.ErrnoException): Ending {
  const reason = code === "ENOENT" ? "there is no such program on PATH" : (code ?? message);
  return { type: "not_started", program, reason, errno: code };
}

function closePipe(pipe: SharedPipe | undefined): void {
  pipe?.writeEnd.destroy();
  pipe?.readEnd.destroy();
}

/** Resolves at the end of the output. */
function capturing(output: Readable, capture: OutputCapture): Promise<void> {
  return new Promise((resolve) => {
    output.on("data", (chunk: Buffer) => capture.push(chunk));
    output.once("close", resolve);
    output.once("error", () => resolve());
    output.resume();
  });
}

/** Waits for `work`, but no longer than `ms` after which everything that had arrived by then was read. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timeUp = Promise.withResolvers<undefined>();
  // Held up for longer than that, this process still reads once before it gives up.
  const timer = setTimeout(() => setImmediate(() => timeUp.resolve(undefined)), ms);
  await Promise.race([work, timeUp.promise]);
  clearTimeout(timer);
}
