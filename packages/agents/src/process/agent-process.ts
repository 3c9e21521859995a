/**
 * A running agent program: lines in, lines out, and its end. It knows nothing of what the lines mean.
 * States: running → ended (by itself, or by `end`).
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { AgentError } from "../agent-error.ts";
import type { DriverHost, StartedProcess } from "../driver.ts";
import { createAgentMark, createRecordedMark } from "./agent-mark.ts";
import { endProcessTree } from "./end-process-tree.ts";
import { LineSplitter } from "./line-splitter.ts";
import { readProcessStart } from "./process-start.ts";
import { AGENT_MARK } from "./process-table.ts";
import { sweepOrphans } from "./sweep-orphans.ts";

export interface ProcessPlan {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  /** Laid over the host's environment; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How to get the program when it is missing. */
  readonly installHint: string;
  /** Called and waited for before the process is used; when it rejects, the process is ended. */
  readonly onProcess?: ((process: StartedProcess) => Promise<void>) | undefined;
  readonly onLine: (line: string) => void;
  /** A line of stderr, or a remark on the output. */
  readonly onDiagnostic: (text: string) => void;
}

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote to stderr. */
  readonly stderrTail: string;
}

const maxLineChars = 64 * 2 ** 20;
const maxStderrLineChars = 64 * 2 ** 10;
const maxTailLines = 20;
/** What may wait in our memory for an agent that does not read. */
const maxUnreadBytes = 64 * 2 ** 20;
/** Grandchildren may hold the pipes open after the agent's end; its own last words are there by then. */
const drainMs = 100;
/** What a killed process left behind may take to put its things away. */
const sweepGraceMs = 1000;

export class AgentProcess {
  readonly pid: number;
  readonly mark: string;
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #tail: string[] = [];
  #isRunning = true;
  #ending: { graceMs: number; done: Promise<void> } | undefined;

  private constructor(child: ChildProcessWithoutNullStreams, mark: string, plan: ProcessPlan) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.mark = mark;
    const lines = new LineSplitter(maxLineChars);
    child.stdout.on("data", (chunk: Buffer) => {
      const before = lines.oversized;
      for (const line of lines.push(chunk)) plan.onLine(line);
      if (lines.oversized > before) plan.onDiagnostic(`left out a line of output over ${maxLineChars} characters`);
    });
    const errors = new LineSplitter(maxStderrLineChars);
    child.stderr.on("data", (chunk: Buffer) => {
      for (const line of errors.push(chunk)) {
        if (line.trim() === "") continue;
        this.#tail.push(line);
        if (this.#tail.length > maxTailLines) this.#tail.shift();
        plan.onDiagnostic(line);
      }
    });
    // It may end before it has read everything.
    child.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      child.once("exit", (exitCode, signal) => {
        this.#isRunning = false;
        const finish = () => {
          clearTimeout(timer);
          for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
          resolve({ exitCode, signal, stderrTail: this.#tail.join("\n") });
        };
        const timer = setTimeout(finish, drainMs);
        child.once("close", finish);
      });
    });
  }

  /**
   * @throws AgentError `invalid_working_directory`; `engine_unavailable` when the program cannot be started
   */
  static async start(host: DriverHost, plan: ProcessPlan): Promise<AgentProcess> {
    const { program, workingDirectory } = plan;
    if (!isDirectory(workingDirectory)) {
      throw new AgentError({
        kind: "invalid_working_directory",
        target: workingDirectory,
        message: `start ${program} in ${workingDirectory}: expected an existing directory`,
      });
    }
    // One of them may be at work on the very session that this one is to take up, and nothing in the agent prevents that.
    await sweepOrphans({ graceMs: sweepGraceMs });
    const createMark = plan.onProcess === undefined ? createAgentMark : createRecordedMark;
    const mark = await createMark(host.randomUuid);
    const child = spawn(program, plan.arguments, {
      cwd: workingDirectory,
      env: { ...host.environment, ...plan.environment, [AGENT_MARK]: mark },
      stdio: "pipe",
      detached: true, // a process group of its own
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (cause: NodeJS.ErrnoException) => {
        const reason = cause.code === "ENOENT" ? "there is no such program on PATH" : (cause.code ?? cause.message);
        reject(
          new AgentError({
            kind: "engine_unavailable",
            target: program,
            message: `start the agent program '${program}': ${reason}; ${plan.installHint}`,
            hint: plan.installHint,
            cause,
          }),
        );
      });
    });
    const started = new AgentProcess(child, mark, plan);
    if (plan.onProcess === undefined) return started;
    try {
      await plan.onProcess({ pid: started.pid, startedAt: (await readProcessStart(started.pid)) ?? "0", mark });
      return started;
    } catch (failure) {
      await started.end(0);
      throw failure;
    }
  }

  /** False when the agent is gone, or has not read for so long that no more may wait for it. */
  write(line: string): boolean {
    const { stdin } = this.#child;
    if (!this.#isRunning || !stdin.writable || stdin.writableLength > maxUnreadBytes) return false;
    stdin.write(`${line}\n`);
    return true;
  }

  /**
   * Ends the agent and its whole tree; a later, more impatient call takes over. True when nothing of it is left: a process
   * that lives in spite of SIGKILL hangs in the kernel, and nobody can wait for that.
   */
  async end(graceMs: number): Promise<boolean> {
    if (this.#ending === undefined || graceMs < this.#ending.graceMs) {
      const { pid, mark } = this;
      const done = endProcessTree({
        pid,
        mark,
        graceMs,
        hasEnded: () => !this.#isRunning,
        ask: () => this.#child.stdin.end(),
      });
      this.#ending = { graceMs, done };
    }
    await this.#ending.done;
    if (this.#isRunning) await Promise.race([this.ended, delay(drainMs)]);
    if (this.#isRunning) {
      this.#child.unref();
      return false;
    }
    await this.ended;
    return true;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
