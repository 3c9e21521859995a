/** A command desk on real files and real processes, whose time stands still, with stand-ins for the programs it looks for. */
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { CommandListener, OutputLine, StartedCommand } from "../../../src/commands/command-desk.ts";
import { ProjectCommandDesk, type CommandDeskOptions } from "../../../src/commands/project-command-desk.ts";
import { createPathPolicy } from "../../../src/path-policy.ts";
import { SteppedTime } from "../../support/stepped-time.ts";

export const silentLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface FinishedCommand {
  readonly lines: readonly OutputLine[];
  readonly end: { readonly exitCode: number; readonly durationMs: number; readonly signal?: string | undefined };
}

export class DeskWorld {
  readonly time = new SteppedTime(Date.UTC(2026, 2, 1, 9));
  readonly home: string;
  readonly project: string;
  /** The only folder on the PATH. */
  readonly programs: string;
  readonly warnings: string[] = [];
  desk!: ProjectCommandDesk;
  readonly #lines = new Map<string, OutputLine[]>();
  readonly #ends = new Map<string, PromiseWithResolvers<FinishedCommand["end"]>>();
  /** What listeners heard, in order. */
  readonly heard: string[] = [];
  #stop: (() => void) | undefined;

  private constructor(folder: string) {
    this.home = join(folder, "home");
    this.project = join(folder, "project");
    this.programs = join(folder, "bin");
  }

  static async create(options: Partial<CommandDeskOptions> = {}): Promise<DeskWorld> {
    const folder = await mkdtemp(join(tmpdir(), "parl-commands-"));
    const world = new DeskWorld(folder);
    for (const path of [world.home, world.project, world.programs]) await mkdir(path);
    await world.open(options);
    onTestFinished(async () => {
      await world.stop();
      await rm(folder, { recursive: true, force: true });
    });
    return world;
  }

  get historyFolder(): string {
    return join(this.home, "command-history");
  }

  async open(options: Partial<CommandDeskOptions> = {}): Promise<void> {
    this.desk = new ProjectCommandDesk(this.options(options));
    const listener: CommandListener = {
      onStarted: ({ commandId }) => void this.heard.push(`started ${commandId}`),
      onOutput: ({ commandSessionId, commandId }, lines) => {
        this.#linesOf(commandSessionId).push(...lines);
        this.heard.push(`output ${commandId}`);
      },
      onComplete: ({ commandSessionId, commandId }, end) => {
        this.heard.push(`complete ${commandId}`);
        this.#endOf(commandSessionId).resolve(end);
      },
    };
    this.#stop = this.desk.listen(listener);
    await this.desk.start();
  }

  async stop(): Promise<void> {
    this.#stop?.();
    await this.desk.stop();
  }

  options(options: Partial<CommandDeskOptions> = {}): CommandDeskOptions {
    return {
      historyFolder: this.historyFolder,
      environment: { PATH: this.programs, ...options.environment },
      paths: createPathPolicy({ home: this.home, roots: [] }),
      processes: { startOf: () => Promise.resolve("then"), marked: () => Promise.resolve([]) },
      clock: this.time,
      scheduler: this.time,
      log: { ...silentLog, warn: (message) => void this.warnings.push(message) },
      randomUuid: randomUUID,
      isMakeAllowed: true,
      retentionDays: 7,
      ...withoutEnvironment(options),
    };
  }

  /** A program on the PATH that runs JavaScript. */
  async addProgram(name: string, script: string): Promise<string> {
    const path = join(this.programs, name);
    await writeFile(path, `#!${process.execPath}\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  async addFile(name: string, text = ""): Promise<void> {
    await writeFile(join(this.project, name), text);
  }

  /** A project with one npm script per entry, whose npm runs the text as JavaScript. */
  async addScripts(scripts: Record<string, string>): Promise<void> {
    await this.addFile("package.json", JSON.stringify({ scripts }));
    await this.addProgram(
      "npm",
      `const { scripts } = JSON.parse(require("node:fs").readFileSync("package.json", "utf8"));
       new Function("require", "process", scripts[process.argv[3]])(require, process);`,
    );
  }

  execute(commandId: string, clientSessionId = "client"): Promise<StartedCommand> {
    return this.desk.execute({ commandId, workingDirectory: this.project, clientSessionId });
  }

  async run(commandId: string): Promise<FinishedCommand & { started: StartedCommand }> {
    const started = await this.execute(commandId);
    return { ...(await this.finished(started)), started };
  }

  async finished({ commandSessionId }: StartedCommand): Promise<FinishedCommand> {
    const end = await this.#endOf(commandSessionId).promise;
    return { lines: this.#linesOf(commandSessionId), end };
  }

  linesOf({ commandSessionId }: StartedCommand): readonly OutputLine[] {
    return this.#linesOf(commandSessionId);
  }

  /** Until the listener heard a line that has `text` in it. */
  async line(started: StartedCommand, text: string): Promise<OutputLine> {
    for (;;) {
      const line = this.#linesOf(started.commandSessionId).find((one) => one.text.includes(text));
      if (line !== undefined) return line;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async logOf({ commandSessionId }: StartedCommand): Promise<string> {
    return readFile(join(this.historyFolder, `${commandSessionId}.log`), "utf8");
  }

  async index(): Promise<Record<string, Record<string, unknown>>> {
    const text = await readFile(join(this.historyFolder, "index.json"), "utf8");
    return JSON.parse(text) as Record<string, Record<string, unknown>>;
  }

  #linesOf(id: string): OutputLine[] {
    const lines = this.#lines.get(id) ?? [];
    this.#lines.set(id, lines);
    return lines;
  }

  #endOf(id: string): PromiseWithResolvers<FinishedCommand["end"]> {
    const end = this.#ends.get(id) ?? Promise.withResolvers<FinishedCommand["end"]>();
    this.#ends.set(id, end);
    return end;
  }
}

function withoutEnvironment(options: Partial<CommandDeskOptions>): Partial<CommandDeskOptions> {
  const { environment: _environment, ...rest } = options;
  return rest;
}
