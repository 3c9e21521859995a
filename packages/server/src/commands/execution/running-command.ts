/**
 * A command that runs: its process group, its two streams, its end. It knows nothing of histories or of who listens.
 * States: running → exited (the streams may still be open) → ended (both streams read to their end, or given up; all
 * output recorded). Asked to end it may be at any time before.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import type { Scheduler } from "../../ports.ts";
import type { OutputStream } from "../history/log-buffer.ts";
import type { OutputRecorder } from "./output-recorder.ts";
import { OutputSplitter } from "./output-splitter.ts";
import { processGroupOf, type ProcessGroup } from "./process-group.ts";

export interface CommandPlan {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface CommandExit {
  /** 128 + its number when a signal ended it ([CMD-10]). */
  readonly exitCode: number;
  readonly signal?: string | undefined;
}

type CommandProcess = ChildProcessByStdio<null, Readable, Readable>;

/** An unfinished line is passed on when it is longer ([CMD-11]). */
const MAX_LINE_BYTES = 1024 * 1024;
/** How long a stream is read on that something other than the command keeps open ([CMD-9]). */
const LINGER_MS = 2_000;
/** How often that time begins anew because reading paused for the log. */
const MAX_LINGERS = 5;
/** Between SIGTERM and SIGKILL ([CMD-14]). */
const KILL_GRACE_MS = 2_000;

export class RunningCommand {
  readonly pid: number;
  readonly ended: Promise<CommandExit>;
  readonly #scheduler: Scheduler;
  readonly #group: ProcessGroup;
  readonly #recorder: OutputRecorder;
  readonly #open = new Set<Readable>();
  readonly #closed = Promise.withResolvers<void>();
  #isPaused = false;
  #lingers = 0;
  #cancelLinger: (() => void) | undefined;
  #ending: PromiseWithResolvers<void> | undefined;

  private constructor(child: CommandProcess, pid: number, recorder: OutputRecorder, scheduler: Scheduler) {
    this.#recorder = recorder;
    this.#scheduler = scheduler;
    this.pid = pid;
    this.#group = processGroupOf(pid);
    const exited = new Promise<CommandExit>((resolve) => {
      child.once("exit", (code, signal) => {
        resolve(
          signal === null ? { exitCode: code ?? 0 } : { exitCode: 128 + (constants.signals[signal] ?? 0), signal },
        );
        if (this.#open.size > 0) this.#linger();
      });
    });
    this.#read(child.stdout, "stdout");
    this.#read(child.stderr, "stderr");
    this.ended = this.#end(exited);
  }

  /** Resolves when the program runs. Rejects with the system's error when it could not be started. */
  static start(plan: CommandPlan, recorder: OutputRecorder, scheduler: Scheduler): Promise<RunningCommand> {
    return new Promise((resolve, reject) => {
      const child: CommandProcess = spawn(plan.program, plan.arguments, {
        cwd: plan.workingDirectory,
        env: plan.environment,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true, // a process group of its own, and no terminal that could ask for anything
      });
      child.on("error", reject);
      // The streams are listened to in the same turn, before any of their data can be missed.
      child.once("spawn", () => resolve(new RunningCommand(child, child.pid ?? 0, recorder, scheduler)));
    });
  }

  /** The log was written: reading goes on where it paused. */
  resume(): void {
    if (!this.#isPaused || this.#recorder.isFull) return;
    this.#isPaused = false;
    for (const stream of this.#open) stream.resume();
  }

  /** SIGTERM to the group, and SIGKILL to what is left of it in 2 s. Resolves when nothing more will be sent. */
  end(): Promise<void> {
    if (this.#ending === undefined) {
      const ending = Promise.withResolvers<void>();
      this.#ending = ending;
      this.#group.signal("SIGTERM");
      const cancel = this.#scheduler.after(KILL_GRACE_MS, () => {
        this.#group.signal("SIGKILL");
        ending.resolve();
      });
      void this.ended.then(() => {
        if (!this.#group.isEmpty()) return;
        cancel();
        ending.resolve();
      });
    }
    return this.#ending.promise;
  }

  async #end(exited: Promise<CommandExit>): Promise<CommandExit> {
    const exit = await exited;
    await this.#closed.promise;
    this.#cancelLinger?.();
    await this.#recorder.settle();
    return exit;
  }

  #read(stream: Readable, name: OutputStream): void {
    const splitter = new OutputSplitter(MAX_LINE_BYTES);
    this.#open.add(stream);
    stream.on("data", (chunk: Buffer) => {
      splitter.push(chunk, (block) => this.#recorder.take(block, name));
      if (this.#recorder.isFull) this.#pause();
    });
    // A broken pipe ends the stream like any other end.
    stream.on("error", () => undefined);
    stream.once("close", () => {
      splitter.end((block) => this.#recorder.take(block, name));
      this.#open.delete(stream);
      if (this.#open.size === 0) this.#closed.resolve();
    });
  }

  #pause(): void {
    this.#isPaused = true;
    for (const stream of this.#open) stream.pause();
  }

  /** The command is gone; whoever keeps its streams open is read for a while, and not less because the log was slow. */
  #linger(): void {
    this.#lingers++;
    this.#cancelLinger = this.#scheduler.after(LINGER_MS, () => {
      if (this.#isPaused && this.#lingers < MAX_LINGERS) this.#linger();
      else for (const stream of this.#open) stream.destroy();
    });
  }
}
