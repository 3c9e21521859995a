/** A project command on the server, its output here as it comes ([CMD-7] to [CMD-14]); Ctrl-C ends it there. */
import type { CommandEnd, CommandLine, CommandRun, RemoteClient } from "@parlatory/client";
import { RemoteRequestError } from "@parlatory/client";
import type { RemoteCommandNode } from "@parlatory/protocol/remote";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { absolutePath } from "./absolute-path.ts";
import { OrderedWork } from "./ordered-work.ts";
import { remoteFollowEnd } from "./remote-follow-end.ts";
import { withRemote } from "./with-remote.ts";

export interface RunArguments {
  readonly command: string | undefined;
  readonly directory: string;
  readonly url: string | undefined;
}

export interface OfferedCommand {
  readonly command: string;
  readonly label: string;
  readonly description: string | null;
}

export interface RunPayload {
  readonly command_id: string | null;
  readonly working_directory: string;
  readonly command_session_id: string | null;
  readonly shell_command: string | null;
  readonly command_exit_code: number | null;
  readonly command_signal: string | null;
  readonly duration_ms: number | null;
  readonly lines: number;
  readonly commands: readonly OfferedCommand[];
}

/** An ended command has its whole process group killed after 2 s ([CMD-14]). */
const killMs = 10_000;

/** Without a command: what is offered there. */
export async function runProjectCommand(context: CommandContext, args: RunArguments): Promise<RunPayload> {
  const directory = absolutePath(context.workingDirectory, args.directory);
  const { command } = args;
  const subject = { target: command ?? directory, operation: "run_command" };
  return withRemote(context, { url: args.url, subject, reconnect: command !== undefined }, async (client) => {
    if (command === undefined) {
      const offered = await client.commands.available(directory);
      const commands = [...offered.project_commands, ...offered.general_commands].flatMap(flatten);
      return { ...nothingRun, working_directory: offered.working_directory, commands };
    }
    return new RunningCommand(context, client, await client.commands.start(command, directory)).finish();
  });
}

const nothingRun = {
  command_id: null,
  command_session_id: null,
  shell_command: null,
  command_exit_code: null,
  command_signal: null,
  duration_ms: null,
  lines: 0,
} as const;

function flatten(node: RemoteCommandNode): OfferedCommand[] {
  if (node.type === "group") return node.children.flatMap(flatten);
  return [{ command: node.id, label: node.label, description: node.description ?? null }];
}

interface OutputEvent {
  readonly line: number;
  readonly stream: "stdout" | "stderr" | null;
  readonly partial: boolean;
  readonly text: string;
}

const maxLineLength = 1024 * 1024;

class RunningCommand {
  readonly #context: CommandContext;
  readonly #client: RemoteClient;
  readonly #run: CommandRun;
  /** Of each stream the line whose end is still to come. */
  readonly #begun = new Map<CommandLine["stream"], string>();
  #lines = 0;

  constructor(context: CommandContext, client: RemoteClient, run: CommandRun) {
    this.#context = context;
    this.#client = client;
    this.#run = run;
  }

  async finish(): Promise<RunPayload> {
    const { started, commandSessionId } = this.#run;
    const end = remoteFollowEnd(this.#context.signal, this.#client, { target: started.command_id });
    const work = new OrderedWork((cause) => end.fail(cause));
    work.add(() =>
      this.#context.emit({
        type: "started",
        command_session_id: commandSessionId,
        command_id: started.command_id,
        shell_command: started.shell_command,
        working_directory: started.working_directory,
      }),
    );
    this.#run.listen({
      lines: (lines) => {
        work.add(() => this.#write(lines));
        return work.drain();
      },
      lost: (from, to) =>
        work.add(() =>
          this.#context.emit(
            { type: "gap", from_line: from, to_line: to },
            (shown) => `(lines ${shown.from_line} to ${shown.to_line} are in the log of the server only)`,
          ),
        ),
    });
    try {
      const ended = await Promise.race([this.#run.ended, end.ended.then(() => undefined)]);
      if (ended === undefined) return await this.#stop(work);
      await work.drain();
      return this.#report(ended);
    } finally {
      end.finish();
    }
  }

  /** In text mode a line of stderr goes to stderr. */
  async #write(lines: readonly CommandLine[]): Promise<void> {
    for (const { seq, stream, text, isPartial } of lines) {
      const whole = this.#begun.get(stream) ?? "";
      // Pieces of a long line are put together again, up to a bound.
      if (isPartial && whole.length + text.length <= maxLineLength) {
        this.#begun.set(stream, whole + text);
        continue;
      }
      this.#begun.delete(stream);
      if (!isPartial) this.#lines += 1;
      await this.#writeLine({ line: seq, stream: stream ?? null, partial: isPartial, text: whole + text });
    }
  }

  async #writeLine(line: OutputEvent): Promise<void> {
    // An empty text prints nothing, an empty line is one.
    const textOf = ({ text }: OutputEvent): string => `${text}\n`;
    if (line.stream === "stderr") await this.#context.writeErrorText(textOf(line));
    await this.#context.emit({ type: "output", ...line }, (shown) => (shown.stream === "stderr" ? "" : textOf(shown)));
  }

  #report(ended: CommandEnd): RunPayload {
    const payload = this.#payload(ended);
    if (ended.exitCode === 0) return payload;
    const how = ended.signal === undefined ? `with status ${ended.exitCode}` : `by ${ended.signal}`;
    throw new CommandError({
      kind: "execution_failed",
      operation: "run_command",
      target: this.#run.started.command_id,
      message: `\`${this.#run.started.shell_command}\` ended ${how}`,
      hint: `read its output above, or with \`parl history --output ${this.#run.commandSessionId}\``,
      payload,
    });
  }

  async #stop(work: OrderedWork): Promise<RunPayload> {
    const ended = await this.#killed();
    await work.drain();
    throw new CommandError({
      kind: "interrupted",
      operation: "run_command",
      target: this.#run.started.command_id,
      message: `interrupted; \`${this.#run.started.shell_command}\` ${ended === undefined ? "may still run" : "was ended"}`,
      hint: `run \`parl history --output ${this.#run.commandSessionId}\` to see its output`,
      payload: this.#payload(ended),
    });
  }

  async #killed(): Promise<CommandEnd | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, killMs, undefined);
    const giveUp = (): void => resolve(undefined);
    this.#context.secondSignal.addEventListener("abort", giveUp, { once: true });
    const kill = async (): Promise<CommandEnd> => {
      try {
        await this.#client.commands.kill(this.#run.commandSessionId);
      } catch (thrown) {
        // It ended by itself, or the server is away: what is known of it decides.
        if (!(thrown instanceof RemoteRequestError)) throw thrown;
      }
      return this.#run.ended;
    };
    try {
      return await Promise.race([kill(), late]);
    } catch (thrown) {
      if (thrown instanceof RemoteRequestError) return undefined;
      throw thrown;
    } finally {
      clearTimeout(timer);
      this.#context.secondSignal.removeEventListener("abort", giveUp);
    }
  }

  #payload(ended: CommandEnd | undefined): RunPayload {
    const { started, commandSessionId } = this.#run;
    return {
      command_id: started.command_id,
      working_directory: started.working_directory,
      command_session_id: commandSessionId,
      shell_command: started.shell_command,
      command_exit_code: ended?.exitCode ?? null,
      command_signal: ended?.signal ?? null,
      duration_ms: ended?.durationMs ?? null,
      lines: this.#lines,
      commands: [],
    };
  }
}
