/** Project commands: offered, started, ended, read ([CMD-1] to [CMD-13], [CMDHIST-5] to [CMDHIST-9]). */
import {
  RemoteError,
  toWireTime,
  type RemoteCommandHistoryEntry,
  type RemoteServerMessageOf,
} from "@parlatory/protocol/remote";
import { CommandRefusedError, type CommandEntry, type CommandOutputPage } from "../../../commands/command-desk.ts";
import { cutStrings, jsonBytes, shrinkToFit } from "../frames/cut-strings.ts";
import { fitItems } from "../frames/fit-session.ts";
import { takeJsonPrefix } from "../frames/take-json-prefix.ts";
import { askedFor, toCommandStarted } from "../pushes/command-pushes.ts";
import type { Call, Routes } from "../route.ts";

const DEFAULT_HISTORY = 50;
const MOST_HISTORY = 500;
const CURSOR_ROOM_BYTES = 256;

export const COMMAND_ROUTES: Routes<
  "get_available_commands" | "execute_command" | "kill_command" | "get_command_history" | "get_command_output"
> = {
  get_available_commands: {
    turn: "aside",
    async handle(call, { working_directory: directory }) {
      await answerCommands(call, await call.services.paths.resolve(directory), true);
    },
  },
  execute_command: {
    turn: "aside",
    async handle({ peer, services, correlationId, answer }, message) {
      const commandId = required(message.command_id, "command_id");
      const directory = required(message.working_directory, "working_directory");
      const workingDirectory = await services.paths.resolve(directory);
      const asked = askedFor(commandId, workingDirectory);
      const awaited = services.pushes.awaited.await("command_started", asked, peer, correlationId);
      try {
        if (!(await services.isDirectory(workingDirectory))) {
          throw new CommandRefusedError(commandId, `Directory does not exist: ${directory}`);
        }
        const clientSessionId = peer.clientSession.id;
        const started = await services.commands.execute({ commandId, workingDirectory, clientSessionId });
        if (!awaited.wasSent) answer(toCommandStarted(started));
      } finally {
        awaited.end();
      }
    },
  },
  kill_command: {
    turn: "ordered",
    handle({ services, answer }, { command_session_id: id }) {
      if (!services.commands.kill(id)) throw new RemoteError("not_found", `Command not running: ${id}`);
      answer({ type: "ack", message: "Command terminated" });
    },
  },
  get_command_history: {
    turn: "aside",
    async handle({ services, form, answer }, { working_directory: directory, limit: asked, cursor }) {
      const workingDirectory = directory === undefined ? undefined : await services.paths.resolve(directory);
      const limit = toHistoryLimit(asked);
      let page = await services.commands.history({ workingDirectory, limit, cursor });
      const entries = page.entries.map(toHistoryEntry);
      const envelope = { type: "command_history" as const, sessions: [], limit, has_more: false };
      const room = form().budgetBytes - jsonBytes({ ...envelope, next_cursor: "" }) - CURSOR_ROOM_BYTES;
      const sessions = fitItems(entries, room, shrinkToFit);
      if (sessions.length < entries.length) {
        page = await services.commands.history({ workingDirectory, limit: sessions.length, cursor });
      }
      answer({ ...envelope, sessions, has_more: page.nextCursor !== null, next_cursor: page.nextCursor });
    },
  },
  get_command_output: {
    turn: ({ command_session_id: id }) => `output ${id}`,
    async handle({ peer, services, form, answer }, { command_session_id: id, offset = 0, follow = false }) {
      await peer.whenRoomy();
      const { commands, pushes, clock } = services;
      // Sockets of the starting client session get every line as it is.
      const isOwn = commands.running(peer.clientSession.id).some((command) => command.commandSessionId === id);
      const holds = follow && !isOwn && peer.isOpen;
      // Followed from before the page is read, so that no line falls between it and the live ones.
      if (holds) pushes.commands.follow(id, peer);
      let lastSeq = Number.POSITIVE_INFINITY;
      try {
        const page = await commands.readOutput(id, offset, form().budgetBytes);
        if (page === undefined) throw new RemoteError("not_found", `Command output not found: ${id}`);
        answer(toOutputFull(page, form().budgetBytes, clock.now()));
        if (page.isRunning) ({ lastSeq } = page);
        else if (holds) pushes.commands.unfollow(id, peer);
      } catch (error) {
        if (holds) pushes.commands.unfollow(id, peer);
        throw error;
      } finally {
        if (holds) peer.feeds?.goOn(id, lastSeq);
      }
    },
  },
};

export async function answerCommands(
  { services, answer }: Pick<Call, "services" | "answer">,
  workingDirectory: string,
  withProject: boolean,
): Promise<void> {
  answer(await makeAvailableCommands(services, workingDirectory, withProject));
}

export async function makeAvailableCommands(
  { commands }: Pick<Call["services"], "commands">,
  workingDirectory: string,
  withProject: boolean,
): Promise<RemoteServerMessageOf<"available_commands">> {
  const { projectCommands, generalCommands } = await commands.discover(workingDirectory, { withProject });
  return {
    type: "available_commands",
    working_directory: workingDirectory,
    project_commands: projectCommands,
    general_commands: generalCommands,
  };
}

function required(value: string | undefined, field: string): string {
  if (value !== undefined && value.trim() !== "") return value;
  throw new RemoteError("missing_field", `${field} required in execute_command message`);
}

function toHistoryLimit(asked: unknown): number {
  const isValid = typeof asked === "number" && Number.isInteger(asked) && asked >= 1 && asked <= MOST_HISTORY;
  return isValid ? asked : DEFAULT_HISTORY;
}

function toHistoryEntry(entry: CommandEntry): RemoteCommandHistoryEntry {
  const { exitCode, durationMs, isInterrupted } = entry;
  return cutStrings({
    command_session_id: entry.commandSessionId,
    command_id: entry.commandId,
    shell_command: entry.shellCommand,
    working_directory: entry.workingDirectory,
    timestamp: toWireTime(entry.startedAt),
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
    output_preview: entry.outputPreview,
    ...(isInterrupted === undefined ? {} : { interrupted: isInterrupted }),
  });
}

/** A page that is too long for the frame is cut between code points, and the next one begins there ([CMDHIST-8]). */
function toOutputFull(
  page: CommandOutputPage,
  budgetBytes: number,
  now: number,
): RemoteServerMessageOf<"command_output_full"> {
  const empty: RemoteServerMessageOf<"command_output_full"> = {
    type: "command_output_full",
    command_session_id: page.commandSessionId,
    output: "",
    // Clients read these two as numbers, also while it runs ([CMDHIST-9]).
    exit_code: page.exitCode ?? -1,
    timestamp: toWireTime(page.startedAt),
    duration_ms: page.durationMs ?? Math.max(0, now - page.startedAt),
    ...cutStrings({
      command_id: page.commandId,
      shell_command: page.shellCommand,
      working_directory: page.workingDirectory,
    }),
    offset: page.offset,
    next_offset: page.totalBytes,
    total_bytes: page.totalBytes,
    truncated: page.isTruncated,
    running: page.isRunning,
    last_seq: page.lastSeq,
  };
  const told = { ...empty, ...stderrLinesOf(page, Math.floor(budgetBytes / 4)) };
  const envelope = shrinkToFit(told, Math.floor((budgetBytes * 3) / 4));
  const bytes = Buffer.from(page.output, "utf8");
  const cut = takeJsonPrefix(bytes, 0, budgetBytes - jsonBytes(envelope));
  const nextOffset = cut.bytes < bytes.length ? page.offset + cut.bytes : page.nextOffset;
  return { ...envelope, output: cut.text, next_offset: nextOffset };
}

/** With the first page only, and only where that leaves room for the output itself. */
function stderrLinesOf({ offset, stderrLines }: CommandOutputPage, maxBytes: number): { stderr_lines?: number[] } {
  if (offset > 0 || stderrLines === undefined) return {};
  const numbers = stderrLines.flatMap(({ from, to }) => [from, to]);
  return jsonBytes(numbers) > maxBytes ? {} : { stderr_lines: numbers };
}
