import type { RemoteServerMessage, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { CommandRun, type CommandStart, type StoredOutput } from "../commands/command-run.ts";
import type { RemoteRequestError } from "../requests/remote-request-error.ts";
import type { RemoteRequests } from "../requests/remote-requests.ts";

export interface CommandHistoryFilter {
  readonly workingDirectory?: string | undefined;
  /** 1 to 500, default 50. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const DISCOVERY_MS = 20_000;
const START_MS = 20_000;

/** Project commands ([CMD-1] to [CMD-14]) and what is kept of them. All reject with `RemoteRequestError`. */
export class CommandCalls {
  readonly #requests: RemoteRequests;
  readonly #runs = new Map<string, CommandRun>();
  /** Starts that wait for their `command_started`. */
  #starting = 0;

  constructor(requests: RemoteRequests) {
    this.#requests = requests;
  }

  available(workingDirectory: string): Promise<RemoteServerMessageOf<"available_commands">> {
    return this.#requests.ask({
      message: { type: "get_available_commands", working_directory: workingDirectory },
      answer: "available_commands",
      limitMs: DISCOVERY_MS,
    });
  }

  /** Resolves when it runs. Rejects with code `command_error` for what is not offered there ([CMD-7], [CMD-8]). */
  async start(commandId: string, workingDirectory: string): Promise<CommandRun> {
    this.#starting += 1;
    try {
      const started = await this.#requests.ask({
        message: { type: "execute_command", command_id: commandId, working_directory: workingDirectory },
        answer: "command_started",
        refusal: "command_error",
        limitMs: START_MS,
      });
      return this.#runs.get(started.command_session_id) ?? this.#add(started, false);
    } finally {
      this.#starting -= 1;
    }
  }

  /**
   * Goes on with a command that runs already, from its first line: one of before a reload, or of another client
   * ([CMDHIST-9]). One that is known is given as it is; its lines go to whoever listened last.
   */
  follow(started: CommandStart): CommandRun {
    const known = this.#runs.get(started.command_session_id);
    if (known !== undefined) return known;
    const run = this.#add(started, true);
    run.catchUp();
    return run;
  }

  /** Its `ended` follows ([CMD-14]). */
  async kill(commandSessionId: string): Promise<void> {
    await this.#requests.ask({
      message: { type: "kill_command", command_session_id: commandSessionId },
      answer: "ack",
    });
  }

  /** Newest first. */
  history(filter: CommandHistoryFilter = {}): Promise<RemoteServerMessageOf<"command_history">> {
    const { workingDirectory, limit, cursor } = filter;
    return this.#requests.ask({
      message: {
        type: "get_command_history",
        ...(workingDirectory === undefined ? {} : { working_directory: workingDirectory }),
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      },
      answer: "command_history",
    });
  }

  /** Everything that is served of a command's output, its pages joined ([CMDHIST-8]). */
  output(commandSessionId: string): Promise<RemoteServerMessageOf<"command_output_full">> {
    return this.#output(commandSessionId, false);
  }

  /** With `follow` the lines behind the first page's last one come live from then on. */
  async #output(commandSessionId: string, follow: boolean): Promise<RemoteServerMessageOf<"command_output_full">> {
    const parts: string[] = [];
    let first: RemoteServerMessageOf<"command_output_full"> | undefined;
    for (let offset = 0; ;) {
      const page: RemoteServerMessageOf<"command_output_full"> = await this.#requests.ask({
        message: {
          type: "get_command_output",
          command_session_id: commandSessionId,
          offset,
          ...(follow && offset === 0 ? { follow } : {}),
        },
        answer: "command_output_full",
      });
      parts.push(page.output);
      // What only the first page tells stays.
      first ??= page;
      if (page.next_offset === null) return { ...first, ...page, output: parts.join(""), offset: 0 };
      offset = page.next_offset;
    }
  }

  /** Goes on with what runs; called when a new connection has caught up. */
  caughtUp(): void {
    for (const run of this.#runs.values()) run.catchUp();
  }

  end(error: RemoteRequestError): void {
    for (const run of this.#runs.values()) run.fail(error);
    this.#runs.clear();
  }

  take(frame: RemoteServerMessage): void {
    switch (frame.type) {
      case "command_started":
        // Its output may come before the one who asked for it goes on.
        if (this.#starting > 0 && frame.correlation_id !== undefined) this.#add(frame, false);
        return;
      case "command_output":
      case "command_output_gap":
      case "command_complete":
        this.#runs.get(frame.command_session_id)?.take(frame);
        return;
      default:
    }
  }

  #add(started: CommandStart, isFollowed: boolean): CommandRun {
    const readHistory = (id: string): Promise<StoredOutput> => this.#output(id, isFollowed);
    const run = new CommandRun({ started, readHistory });
    this.#runs.set(run.commandSessionId, run);
    void run.ended.catch(() => undefined).finally(() => this.#runs.delete(run.commandSessionId));
    return run;
  }
}
