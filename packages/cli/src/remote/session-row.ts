import type { RemoteMessageItem, RemoteSessionEntry, RemoteSessionListEntry } from "@parlatory/protocol/remote";
import { columns } from "../output/columns.ts";
import { cut, escapeBody, escapeText } from "../output/escape.ts";
import type { Style } from "../output/style.ts";

export interface SessionRow {
  readonly session_id: string;
  readonly name: string;
  readonly state: RemoteSessionEntry["state"];
  readonly busy_elsewhere: boolean;
  readonly agent: string;
  readonly working_directory: string;
  readonly message_count: number;
  readonly message_count_exact: boolean;
  readonly last_modified: string;
  readonly preview: string;
}

export interface MessageRow {
  readonly id: string;
  readonly log_seq: number;
  readonly role: RemoteMessageItem["role"];
  readonly kind: RemoteMessageItem["kind"];
  readonly said_at: string;
  readonly prompt_id: string | null;
  readonly truncated: boolean;
  readonly text: string;
}

const maxNameLength = 40;

export function toSessionRow(session: RemoteSessionEntry | RemoteSessionListEntry): SessionRow {
  return {
    session_id: session.session_id,
    name: session.name,
    state: session.state,
    busy_elsewhere: session.session_busy_elsewhere,
    agent: session.agent,
    working_directory: session.working_directory,
    message_count: session.message_count,
    message_count_exact: session.message_count_exact !== false,
    last_modified: "last_modified_at" in session ? session.last_modified_at : session.last_modified,
    preview: session.preview,
  };
}

export function toMessageRow(message: RemoteMessageItem): MessageRow {
  return {
    id: message.id,
    log_seq: message.seq,
    role: message.role,
    kind: message.kind,
    said_at: message.timestamp,
    prompt_id: message.prompt_id ?? null,
    truncated: message.truncated === true,
    text: message.text,
  };
}

export function renderSessions(sessions: readonly SessionRow[]): string[] {
  return columns(
    ["SESSION", "STATE", "AGENT", "MESSAGES", "LAST", "NAME", "DIRECTORY"],
    sessions.map((session) => [
      session.session_id,
      session.busy_elsewhere ? `${session.state} (elsewhere)` : session.state,
      session.agent,
      `${session.message_count}${session.message_count_exact ? "" : "+"}`,
      session.last_modified,
      cut(session.name, maxNameLength),
      session.working_directory,
    ]),
  );
}

/** A heading, then the text, indented so that it cannot pass for a heading. */
export function renderMessage(message: MessageRow, style: Style): string[] {
  const kind = message.kind === "reply" || message.kind === "prompt" ? "" : `  ${message.kind}`;
  const cutMark = message.truncated ? "  (cut)" : "";
  return [
    `${style.bold(message.role)}${kind}${cutMark}  ${style.dim(`#${message.log_seq}  ${escapeText(message.said_at)}`)}`,
    ...escapeBody(message.text)
      .split("\n")
      .map((line) => `  ${line}`),
  ];
}
