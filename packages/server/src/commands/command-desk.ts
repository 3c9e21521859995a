/**
 * The port of project commands: what can be run where, running it, and reading what it printed ([CMD-1] to [CMD-14],
 * [CMDHIST-1] to [CMDHIST-9]). It knows processes and its own files; it knows nothing of sockets, frames or sessions.
 * Instants are milliseconds since the epoch.
 */

export interface CommandDesk {
  /** Ends and closes what an earlier server left running, tidies the history, and plans the daily tidying. */
  start(): Promise<void>;
  /** Ends every running command ([CMD-14]) and closes its entry. */
  stop(): Promise<void>;

  /** Never rejects for what a project is like: a kind that cannot be discovered has no entries ([CMD-1]). */
  discover(workingDirectory: string, options: { readonly withProject: boolean }): Promise<DiscoveredCommands>;
  /**
   * Starts a command; resolves when its history entry is durable and it runs. Output and end go to the listener.
   * @throws CommandRefusedError
   */
  execute(request: { commandId: string; workingDirectory: string; clientSessionId: string }): Promise<StartedCommand>;
  /** False when it does not run. */
  kill(commandSessionId: string): boolean;
  /** What runs for a client session, to go on with after a reconnect ([CMD-13]). */
  running(clientSessionId: string): readonly StartedCommand[];

  history(request: {
    workingDirectory?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<{ entries: readonly CommandEntry[]; nextCursor: string | null }>;
  /**
   * The output as text, cut to what is served, from `offset` bytes on; at most `maxBytes` of it, between code points
   * ([CMDHIST-8]). Undefined when unknown or expired.
   */
  readOutput(commandSessionId: string, offset: number, maxBytes: number): Promise<CommandOutputPage | undefined>;

  listen(listener: CommandListener): () => void;
}

export type CommandNode =
  | { id: string; label: string; type: "command"; description?: string }
  | { id: string; label: string; type: "group"; children: CommandNode[] };

export interface DiscoveredCommands {
  readonly workingDirectory: string;
  readonly projectCommands: CommandNode[];
  readonly generalCommands: CommandNode[];
}

export interface StartedCommand {
  readonly commandSessionId: string;
  readonly commandId: string;
  /** For display only; nothing is ever given to a shell ([CMD-7]). */
  readonly shellCommand: string;
  readonly workingDirectory: string;
  readonly startedAt: number;
  readonly clientSessionId: string;
}

export interface CommandEntry extends Omit<StartedCommand, "clientSessionId"> {
  readonly exitCode?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly outputPreview: string;
  readonly isInterrupted?: true | undefined;
}

export interface CommandOutputPage extends CommandEntry {
  readonly output: string;
  readonly offset: number;
  readonly nextOffset: number | null;
  readonly totalBytes: number;
  readonly isTruncated: boolean;
  readonly isRunning: boolean;
  /** Number of the last line that `output` of the whole covers; `follow` goes on behind it. */
  readonly lastSeq: number;
  /** Lines of the whole that are of stderr, by number; undefined where that is not known or lines have lost their numbers. */
  readonly stderrLines: readonly { readonly from: number; readonly to: number }[] | undefined;
}

export interface OutputLine {
  readonly stream: "stdout" | "stderr";
  /** Number of the line, from 1; pieces of one line share it. */
  readonly seq: number;
  readonly text: string;
  /** Another piece of the same line follows. */
  readonly isPartial: boolean;
}

export interface CommandListener {
  onStarted?(command: StartedCommand): void;
  /** Already in the log. Must be quick; a slow socket is the gateway's business ([CMD-12]). */
  onOutput?(command: StartedCommand, lines: readonly OutputLine[]): void;
  /** After all output ([CMD-9]). */
  onComplete?(
    command: StartedCommand,
    end: { readonly exitCode: number; readonly durationMs: number; readonly signal?: string | undefined },
  ): void;
}

/** A command that is not started, in the words of `command_error` ([CMD-7], [CMD-8]). */
export class CommandRefusedError extends Error {
  override readonly name = "CommandRefusedError";
  readonly commandId: string;
  /** Set when an entry was made and closed, because the program could not be started. */
  readonly commandSessionId: string | undefined;

  constructor(commandId: string, message: string, commandSessionId?: string, options?: ErrorOptions) {
    super(message, options);
    this.commandId = commandId;
    this.commandSessionId = commandSessionId;
  }
}
