import type { RemoteCommandHistoryEntry, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { CommandContext } from "../harness/context.ts";
import { absolutePath } from "./absolute-path.ts";
import { withRemote } from "./with-remote.ts";

export interface HistoryArguments {
  readonly directory: string | undefined;
  readonly limit: number;
  readonly output: string | undefined;
  readonly url: string | undefined;
}

export interface CommandHistoryRow {
  readonly command_session_id: string;
  readonly command_id: string;
  readonly shell_command: string;
  readonly working_directory: string;
  readonly started_at: string;
  readonly command_exit_code: number | null;
  readonly duration_ms: number | null;
  readonly interrupted: boolean;
  readonly output_preview: string;
}

export interface CommandOutput {
  readonly command_session_id: string;
  readonly command_id: string;
  readonly shell_command: string;
  readonly working_directory: string;
  readonly started_at: string;
  readonly command_exit_code: number | null;
  readonly duration_ms: number;
  readonly running: boolean;
  readonly truncated: boolean;
  readonly output: string;
}

export interface HistoryPayload {
  readonly commands: readonly CommandHistoryRow[];
  readonly has_more: boolean;
  readonly output: CommandOutput | null;
}

/** A server gives at most so many at once. */
const pageSize = 500;

/** The commands that ran, or the output of one of them. Errors: `output_not_found`. */
export async function commandHistory(context: CommandContext, args: HistoryArguments): Promise<HistoryPayload> {
  const { directory, limit, output, url } = args;
  if (output !== undefined) {
    const subject = { target: output, operation: "read_output", notFound: "output_not_found" } as const;
    return withRemote(context, { url, subject }, async (client) => ({
      commands: [],
      has_more: false,
      output: toOutput(await client.commands.output(output)),
    }));
  }
  const workingDirectory = directory === undefined ? undefined : absolutePath(context.workingDirectory, directory);
  return withRemote(context, { url, subject: { operation: "list_commands" } }, async (client) => {
    const commands: CommandHistoryRow[] = [];
    let cursor: string | undefined;
    for (;;) {
      const wanted = Math.min(pageSize, limit - commands.length);
      const page = await client.commands.history({ workingDirectory, limit: wanted, cursor });
      commands.push(...page.sessions.map(toRow));
      const { next_cursor: next, has_more: hasMore } = page;
      if (next === null || !hasMore || commands.length >= limit) return { commands, has_more: hasMore, output: null };
      cursor = next;
    }
  });
}

function toRow(entry: RemoteCommandHistoryEntry): CommandHistoryRow {
  return {
    command_session_id: entry.command_session_id,
    command_id: entry.command_id,
    shell_command: entry.shell_command,
    working_directory: entry.working_directory,
    started_at: entry.timestamp,
    command_exit_code: entry.exit_code ?? null,
    duration_ms: entry.duration_ms ?? null,
    interrupted: entry.interrupted === true,
    output_preview: entry.output_preview,
  };
}

function toOutput(full: RemoteServerMessageOf<"command_output_full">): CommandOutput {
  return {
    command_session_id: full.command_session_id,
    command_id: full.command_id,
    shell_command: full.shell_command,
    working_directory: full.working_directory,
    started_at: full.timestamp,
    command_exit_code: full.running ? null : full.exit_code,
    duration_ms: full.duration_ms,
    running: full.running,
    truncated: full.truncated,
    output: full.output,
  };
}
