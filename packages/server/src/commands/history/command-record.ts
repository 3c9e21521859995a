/** What is kept of a command that was run, in memory and as an entry of `index.json` ([CMDHIST-1], [CMDHIST-2]). */
import { toWireTime } from "@parlatory/protocol/remote";

export interface CommandRecord {
  readonly commandSessionId: string;
  readonly commandId: string;
  readonly shellCommand: string;
  readonly workingDirectory: string;
  readonly clientSessionId: string;
  readonly startedAt: number;
  /** Of the leader of its group, with its start as the system tells it; known once it runs ([CMD-14]). */
  readonly process?: { readonly pid: number; readonly startedAt: string } | undefined;
  /** Absent while it runs. */
  readonly end?: CommandEnd | undefined;
}

export interface CommandEnd {
  readonly exitCode: number;
  readonly durationMs: number;
  readonly outputPreview: string;
  /** Output was left out of the log ([CMDHIST-3]). */
  readonly isLogCut: boolean;
  /** Its server died before it did ([CMD-14]). */
  readonly isInterrupted: boolean;
}

/** `cmd-` and a UUID: also the name of the log's file, so nothing else may pass ([NAME-4]). */
export const commandSessionPattern = /^cmd-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function encodeCommandRecord(record: CommandRecord): string {
  const { process, end } = record;
  return JSON.stringify({
    command_session_id: record.commandSessionId,
    command_id: record.commandId,
    shell_command: record.shellCommand,
    working_directory: record.workingDirectory,
    client_session_id: record.clientSessionId,
    timestamp: toWireTime(record.startedAt),
    ...(process === undefined ? {} : { pid: process.pid, pid_started_at: process.startedAt }),
    ...(end === undefined
      ? {}
      : {
          exit_code: end.exitCode,
          duration_ms: end.durationMs,
          output_preview: end.outputPreview,
          ...(end.isLogCut ? { truncated: true } : {}),
          ...(end.isInterrupted ? { interrupted: true } : {}),
        }),
  });
}

/** Undefined for what is no entry. */
export function parseCommandRecord(value: unknown): CommandRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const text = (name: string): string | undefined => {
    const field = fields[name];
    return typeof field === "string" ? field : undefined;
  };
  const whole = (name: string): number | undefined => {
    const field = fields[name];
    return Number.isSafeInteger(field) ? (field as number) : undefined;
  };
  const commandSessionId = text("command_session_id");
  const startedAt = Date.parse(text("timestamp") ?? "");
  if (commandSessionId === undefined || !commandSessionPattern.test(commandSessionId) || Number.isNaN(startedAt)) {
    return undefined;
  }
  const pid = whole("pid");
  const exitCode = whole("exit_code");
  return {
    commandSessionId,
    commandId: text("command_id") ?? "",
    shellCommand: text("shell_command") ?? "",
    workingDirectory: text("working_directory") ?? "",
    clientSessionId: text("client_session_id") ?? "",
    startedAt,
    process: pid === undefined ? undefined : { pid, startedAt: text("pid_started_at") ?? "" },
    end:
      exitCode === undefined
        ? undefined
        : {
            exitCode,
            durationMs: whole("duration_ms") ?? 0,
            outputPreview: text("output_preview") ?? "",
            isLogCut: fields["truncated"] === true,
            isInterrupted: fields["interrupted"] === true,
          },
  };
}
