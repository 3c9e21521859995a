/**
 * Project commands: finds them, runs them, remembers them. It knows nothing of sockets; who listens is told.
 * A command: recorded → running → closed; its entry is durable before the program is started, and it is closed whatever
 * happens ([CMDHIST-2]). The desk: new → started → stopping, when it takes no more commands.
 */
import { stat } from "node:fs/promises";
import { invariant } from "@parlatory/protocol";
import { RemoteError, REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { PathPolicy } from "../path-policy.ts";
import type { Clock, Log, Scheduler } from "../ports.ts";
import {
  CommandRefusedError,
  type CommandDesk,
  type CommandEntry,
  type CommandListener,
  type CommandOutputPage,
  type DiscoveredCommands,
  type StartedCommand,
} from "./command-desk.ts";
import { CommandFinder } from "./discovery/command-finder.ts";
import { shellCommandOf, type OfferedCommand } from "./discovery/offered-command.ts";
import { COMMAND_SESSION_VARIABLE, commandEnvironment } from "./execution/command-environment.ts";
import type { CommandProcesses } from "./execution/command-processes.ts";
import { endLeftCommands } from "./execution/end-left-commands.ts";
import { OutputRecorder } from "./execution/output-recorder.ts";
import { RunningCommand, type CommandExit } from "./execution/running-command.ts";
import { CommandHistory, INTERRUPTED_EXIT_CODE } from "./history/command-history.ts";
import type { CommandLog } from "./history/command-log.ts";

export interface CommandDeskOptions {
  /** `PARL_HOME/command-history`. */
  readonly historyFolder: string;
  /** Of the server; what is secret in it is kept from commands ([CMD-10]). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly paths: PathPolicy;
  readonly processes: CommandProcesses;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly randomUuid: () => string;
  /** `commands.make`, `commands.retention_days`. */
  readonly isMakeAllowed: boolean;
  readonly retentionDays: number;
  /** For tests. */
  readonly maxLogBytes?: number | undefined;
  readonly maxServedBytes?: number | undefined;
}

interface ActiveCommand {
  readonly started: StartedCommand;
  readonly running: RunningCommand;
  readonly recorder: OutputRecorder;
  /** Closed and told. */
  readonly done: Promise<void>;
}

const SPAWN_FAILED_EXIT_CODE = 127;
/** How long a stop waits for commands that SIGKILL does not end. */
const GIVE_UP_MS = 10_000;

export class ProjectCommandDesk implements CommandDesk {
  readonly #options: CommandDeskOptions;
  readonly #finder: CommandFinder;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #listeners = new Set<CommandListener>();
  readonly #active = new Map<string, ActiveCommand>();
  /** Between the check of the limit and the start of the process. */
  readonly #starting = new Set<Promise<unknown>>();
  #opened: CommandHistory | undefined;
  #isStopping = false;

  constructor(options: CommandDeskOptions) {
    this.#options = options;
    this.#environment = commandEnvironment(options.environment);
    const { isMakeAllowed, scheduler, log } = options;
    this.#finder = new CommandFinder({ environment: this.#environment, isMakeAllowed, scheduler, log });
  }

  async start(): Promise<void> {
    const { historyFolder: folder, retentionDays, clock, scheduler, log, processes } = this.#options;
    const { maxLogBytes, maxServedBytes } = this.#options;
    const history = await CommandHistory.open({
      ...{ folder, retentionDays, clock, scheduler, log },
      ...{ maxLogBytes, maxServedBytes },
    });
    await endLeftCommands(history.open(), processes, scheduler);
    await history.start();
    this.#opened = history;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.allSettled(this.#starting);
    const commands = [...this.#active.values()];
    let cancel: (() => void) | undefined;
    const patience = new Promise<void>((resolve) => (cancel = this.#options.scheduler.after(GIVE_UP_MS, resolve)));
    const ended = commands.map(async ({ running, done }) => void (await Promise.all([running.end(), done])));
    await Promise.race([Promise.all(ended), patience]);
    cancel?.();
    for (const { started, recorder } of this.#active.values()) {
      await this.#close(started, recorder, { exitCode: INTERRUPTED_EXIT_CODE });
    }
    await this.#opened?.stop();
  }

  async discover(workingDirectory: string, { withProject }: { withProject: boolean }): Promise<DiscoveredCommands> {
    const directory = await this.#options.paths.resolve(workingDirectory);
    const table = withProject ? await this.#finder.find(directory) : await this.#finder.findGeneral();
    const { projectCommands, generalCommands } = table;
    return { workingDirectory: directory, projectCommands, generalCommands };
  }

  async execute(request: {
    commandId: string;
    workingDirectory: string;
    clientSessionId: string;
  }): Promise<StartedCommand> {
    const { commandId, workingDirectory, clientSessionId } = request;
    requireText("command_id", commandId);
    requireText("working_directory", workingDirectory);
    const directory = await this.#options.paths.resolve(workingDirectory);
    if (!(await isDirectory(directory))) {
      throw new CommandRefusedError(commandId, `Directory does not exist: ${workingDirectory}`);
    }
    // By a table made now and not by the id's text ([CMD-7]).
    const { commands } = await this.#finder.find(directory);
    const command = commands.get(commandId);
    if (command === undefined) throw new CommandRefusedError(commandId, `Unknown command: ${commandId}`);
    if (this.#isStopping) throw new CommandRefusedError(commandId, "The server is shutting down");
    if (this.#active.size + this.#starting.size >= REMOTE_LIMITS.runningCommands) {
      throw new CommandRefusedError(commandId, "Too many running commands");
    }
    const starting = this.#start(command, directory, clientSessionId);
    this.#starting.add(starting);
    return starting.finally(() => this.#starting.delete(starting));
  }

  kill(commandSessionId: string): boolean {
    const command = this.#active.get(commandSessionId);
    if (command === undefined) return false;
    void command.running.end();
    return true;
  }

  running(clientSessionId: string): readonly StartedCommand[] {
    const all = [...this.#active.values()].map(({ started }) => started);
    return all.filter((started) => started.clientSessionId === clientSessionId);
  }

  async history(request: {
    workingDirectory?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<{ entries: readonly CommandEntry[]; nextCursor: string | null }> {
    const { workingDirectory } = request;
    const directory = workingDirectory === undefined ? undefined : await this.#options.paths.resolve(workingDirectory);
    return this.#history.list({ ...request, workingDirectory: directory });
  }

  readOutput(commandSessionId: string, offset: number, maxBytes: number): Promise<CommandOutputPage | undefined> {
    return this.#history.readOutput(commandSessionId, offset, maxBytes);
  }

  listen(listener: CommandListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get #history(): CommandHistory {
    invariant(this.#opened !== undefined, "the command desk was asked before it was started");
    return this.#opened;
  }

  async #start(command: OfferedCommand, workingDirectory: string, clientSessionId: string): Promise<StartedCommand> {
    const { clock, scheduler, randomUuid } = this.#options;
    const started: StartedCommand = {
      commandSessionId: `cmd-${randomUuid()}`,
      commandId: command.id,
      shellCommand: shellCommandOf(command),
      workingDirectory,
      startedAt: clock.now(),
      clientSessionId,
    };
    const log = await this.#begin(started);
    let running: RunningCommand | undefined;
    const recorder = new OutputRecorder({
      log,
      onLines: (lines) => this.#tell("output", (listener) => listener.onOutput?.(started, lines)),
      onWritten: () => running?.resume(),
      onLogFailed: (cause) => this.#warn("the log of a command cannot be written", started, cause),
    });
    try {
      const environment = {
        ...this.#environment,
        ...command.environment,
        [COMMAND_SESSION_VARIABLE]: started.commandSessionId,
      };
      const plan = { program: command.program, arguments: command.arguments, workingDirectory, environment };
      running = await RunningCommand.start(plan, recorder, scheduler);
    } catch (cause) {
      await log.close();
      await this.#close(started, recorder, { exitCode: SPAWN_FAILED_EXIT_CODE });
      const message = `Failed to start ${started.shellCommand}: ${reasonOf(cause)}`;
      throw new CommandRefusedError(command.id, message, started.commandSessionId, { cause });
    }
    this.#history.attach(started.commandSessionId, () => ({
      preview: recorder.preview.toString(),
      extent: log.extent,
      recordedSeq: recorder.recordedSeq,
    }));
    const noted = this.#noteProcess(started, running.pid);
    const done = this.#follow(started, running, recorder, log).then(() => noted);
    this.#active.set(started.commandSessionId, { started, running, recorder, done });
    this.#tell("start", (listener) => listener.onStarted?.(started));
    if (this.#isStopping) void running.end();
    return started;
  }

  async #begin(started: StartedCommand): Promise<CommandLog> {
    try {
      return await this.#history.begin(started);
    } catch (cause) {
      throw new RemoteError("io_error", `Failed to record the command: ${reasonOf(cause)}`, { cause });
    }
  }

  async #follow(
    started: StartedCommand,
    running: RunningCommand,
    recorder: OutputRecorder,
    log: CommandLog,
  ): Promise<void> {
    const exit = await running.ended;
    await log.close().catch((cause: unknown) => this.#warn("the log of a command cannot be closed", started, cause));
    // It no longer counts as running, but a stop that begins now still waits for its entry.
    const durationMs = await this.#close(started, recorder, exit, log.extent.isCut);
    this.#active.delete(started.commandSessionId);
    this.#tell("end", (listener) => listener.onComplete?.(started, { ...exit, durationMs }));
  }

  /** Closes the entry; where that cannot be made durable the next start does it. */
  async #close(
    { commandSessionId, startedAt, ...rest }: StartedCommand,
    recorder: OutputRecorder,
    { exitCode, signal: _signal }: CommandExit,
    isLogCut = false,
  ): Promise<number> {
    const durationMs = Math.max(0, this.#options.clock.now() - startedAt);
    const end = { exitCode, durationMs, outputPreview: recorder.preview.toString(), isLogCut, isInterrupted: false };
    try {
      await this.#history.close(commandSessionId, end);
    } catch (cause) {
      this.#warn("the entry of a command cannot be closed", { commandSessionId, startedAt, ...rest }, cause);
    }
    return durationMs;
  }

  async #noteProcess({ commandSessionId, ...rest }: StartedCommand, pid: number): Promise<void> {
    try {
      const startedAt = await this.#options.processes.startOf(pid);
      if (startedAt !== undefined) await this.#history.noteProcess(commandSessionId, { pid, startedAt });
    } catch (cause) {
      this.#warn("the process of a command cannot be written down", { commandSessionId, ...rest }, cause);
    }
  }

  #tell(what: string, call: (listener: CommandListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (cause) {
        this.#options.log.error("a listener of commands failed", { what, reason: reasonOf(cause) });
      }
    }
  }

  #warn(message: string, { commandSessionId }: StartedCommand, cause: unknown): void {
    this.#options.log.warn(message, { command_session_id: commandSessionId, reason: reasonOf(cause) });
  }
}

function requireText(field: string, value: string): void {
  if (value.trim() === "") throw new RemoteError("missing_field", `${field} required in execute_command message`);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
