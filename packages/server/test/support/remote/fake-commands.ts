import { randomUUID } from "node:crypto";
import {
  CommandRefusedError,
  type CommandDesk,
  type CommandEntry,
  type CommandListener,
  type CommandNode,
  type CommandOutputPage,
  type DiscoveredCommands,
  type OutputLine,
  type StartedCommand,
} from "../../../src/commands/command-desk.ts";

/** Commands that print what a test says. */
export class FakeCommands implements CommandDesk {
  readonly #listeners = new Set<CommandListener>();
  readonly started: StartedCommand[] = [];
  readonly killed: string[] = [];
  projectCommands: CommandNode[] = [{ id: "lint", label: "Lint", type: "command" }];
  generalCommands: CommandNode[] = [
    { id: "git.status", label: "Git Status", type: "command", description: "Working tree state" },
  ];
  entries: CommandEntry[] = [];
  readonly pages = new Map<
    string,
    { text: string; lastSeq: number; isRunning: boolean; stderrLines?: CommandOutputPage["stderrLines"] }
  >();
  /** Set: reading an output or finding commands waits for it. */
  gate: Promise<void> | undefined;
  discoveries: { directory: string; withProject: boolean }[] = [];

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async discover(directory: string, { withProject }: { withProject: boolean }): Promise<DiscoveredCommands> {
    this.discoveries.push({ directory, withProject });
    await this.gate;
    return {
      workingDirectory: directory,
      projectCommands: withProject ? this.projectCommands : [],
      generalCommands: this.generalCommands,
    };
  }

  execute(request: { commandId: string; workingDirectory: string; clientSessionId: string }): Promise<StartedCommand> {
    const { commandId } = request;
    if (commandId === "missing") throw new CommandRefusedError(commandId, `Unknown command: ${commandId}`);
    const command: StartedCommand = {
      ...request,
      commandSessionId: `cmd-${randomUUID()}`,
      shellCommand: `make ${commandId}`,
      startedAt: Date.UTC(2026, 2, 1, 9),
    };
    this.started.push(command);
    for (const listener of this.#listeners) listener.onStarted?.(command);
    return Promise.resolve(command);
  }

  print(command: StartedCommand, lines: readonly OutputLine[]): void {
    for (const listener of this.#listeners) listener.onOutput?.(command, lines);
  }

  complete(command: StartedCommand, exitCode = 0): void {
    for (const listener of this.#listeners) listener.onComplete?.(command, { exitCode, durationMs: 5 });
  }

  kill(commandSessionId: string): boolean {
    this.killed.push(commandSessionId);
    return this.started.some((command) => command.commandSessionId === commandSessionId);
  }

  running(): readonly StartedCommand[] {
    return [];
  }

  history({ limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<{
    entries: readonly CommandEntry[];
    nextCursor: string | null;
  }> {
    const from = Number(cursor ?? 0);
    const entries = this.entries.slice(from, from + limit);
    return Promise.resolve({ entries, nextCursor: from + limit < this.entries.length ? String(from + limit) : null });
  }

  async readOutput(id: string, offset: number, maxBytes: number): Promise<CommandOutputPage | undefined> {
    const page = this.pages.get(id);
    await this.gate;
    if (page === undefined) return undefined;
    const whole = Buffer.from(page.text, "utf8");
    const output = whole.toString("utf8", offset, Math.min(whole.length, offset + maxBytes));
    const next = offset + Buffer.byteLength(output);
    return {
      commandSessionId: id,
      commandId: "lint",
      shellCommand: "make lint",
      workingDirectory: "/home/anna/shop",
      startedAt: Date.UTC(2026, 2, 1, 9),
      ...(page.isRunning ? {} : { exitCode: 0, durationMs: 5 }),
      outputPreview: "",
      output,
      offset,
      nextOffset: next < whole.length ? next : null,
      totalBytes: whole.length,
      isTruncated: false,
      stderrLines: page.stderrLines,
      isRunning: page.isRunning,
      lastSeq: page.lastSeq,
    };
  }

  listen(listener: CommandListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

export function linesOf(texts: readonly string[], from = 1, stream: OutputLine["stream"] = "stdout"): OutputLine[] {
  return texts.map((text, index) => ({ stream, seq: from + index, text, isPartial: false }));
}
