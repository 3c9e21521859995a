/** A session as the rooms of the remote speak of it. Ids are UUIDs in lower case, instants milliseconds since the epoch. */

export type SessionState = "idle" | "running" | "waiting_permission" | "compacting" | "recovering" | "gone";

/** What the catalog keeps of a session ([WATCH-4]). */
export interface SessionSummary {
  readonly sessionId: string;
  readonly agent: string;
  /** [WATCH-7] */
  readonly name: string;
  /** An absolute path, or the placeholder `[from project: …]`, which is never used as a directory ([WATCH-8]). */
  readonly workingDirectory: string;
  readonly isPlaceholder: boolean;
  readonly createdAt: number;
  /** Of the newest message, else of the file ([WATCH-4]). */
  readonly lastModified: number;
  readonly messageCount: number;
  /** False while a large file is still being counted: the count is a lower bound. */
  readonly isCountExact: boolean;
  /** The newest message's text, cut to 200 code points. */
  readonly preview: string;
  readonly model?: string | undefined;
  readonly contextTokens?: number | undefined;
}

export type MessageRole = "user" | "assistant";
export type MessageKind = "prompt" | "tool_result" | "compact_summary" | "notice" | "reply" | "activity" | "api_error";

/** A message of a session's log ([HIST-8]), not cut to anything yet. */
export interface LogMessage {
  readonly id: string;
  readonly seq: number;
  readonly role: MessageRole;
  readonly kind: MessageKind;
  readonly text: string;
  readonly timestamp: number;
  readonly parentId: string | null;
  readonly promptId?: string | undefined;
  /** The content in structure ([HIST-9]), as it goes on the wire; `input` of a tool is the agent's own. */
  readonly blocks: readonly MessageBlock[];
}

export type MessageBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown }
  | { readonly type: "tool_result"; readonly tool_use_id: string; readonly is_error: boolean; readonly text: string }
  | { readonly type: "thinking"; readonly text: string }
  | { readonly type: "image"; readonly media_type: string; readonly size_bytes: number }
  | { readonly type: "unknown"; readonly raw_type: string };
