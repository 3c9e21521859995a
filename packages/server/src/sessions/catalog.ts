/**
 * The port of everything that can be read about sessions: which there are, what is in their logs, and what is new. Behind it
 * are the files of agents and our own event logs; whoever uses it cannot tell the two apart. It never writes into an agent's
 * files, and it knows nothing of sockets, frames, budgets or runs.
 */
import type { LogMessage, SessionSummary } from "./session.ts";

export interface SessionCatalog {
  /** Loads the saved index, begins to watch, and resolves when lists are complete (counts may still be inexact). */
  start(): Promise<void>;
  /** Saves the index and ends watches and threads. */
  stop(): Promise<void>;

  /** From memory: sessions with or without messages. */
  get(sessionId: string): SessionSummary | undefined;
  /** Looks at the disk and the store before it says that there is none ([SUB-1]). */
  find(sessionId: string): Promise<SessionSummary | undefined>;
  /** Sessions with at least one message, newest first, ties by id ([SESS-1]). */
  list(filter: SessionFilter): readonly SessionSummary[];
  /** Lists go on from a cursor while sessions move: the next page after what the cursor names. */
  page(filter: SessionFilter & { readonly cursor?: string | undefined; readonly limit: number }): SessionPage;

  /** The log of a session, counted to its end; undefined when there is no such session. */
  open(sessionId: string): Promise<SessionLog | undefined>;
  /**
   * The session's records have come to rest where they are: reads what is there now. After it every complete record of the
   * session's file is in the log and was told to the listeners ([PROMPT-12]).
   */
  refresh(sessionId: string): Promise<void>;
  /** What the file says about the turn, without a log being opened ([HIST-12], [LOCK-9], [AGENT-10]). */
  tail(sessionId: string): Promise<SessionTail | undefined>;

  /**
   * A session that has no record yet: it can be found and subscribed, and is in no list ([SUB-2]). Also where a session's
   * name or directory was set through this server: that comes before what the file says.
   */
  note(session: NotedSession): void;
  /** Appends records of an agent that keeps no files: durable in our event log before listeners are told ([HIST-1]). */
  append(sessionId: string, records: readonly OwnRecord[]): Promise<void>;

  /** Returns what ends it. Listeners are called in the order of the log and must not throw. */
  listen(listener: CatalogListener): () => void;
}

export interface SessionFilter {
  /** By equality after normalisation. */
  readonly workingDirectory?: string | undefined;
  readonly agent?: string | undefined;
  readonly hidden?: ReadonlySet<string> | undefined;
}

export interface SessionPage {
  readonly sessions: readonly SessionSummary[];
  /** Of all that pass the filter. */
  readonly totalCount: number;
  readonly nextCursor: string | null;
}

export interface NotedSession {
  readonly sessionId: string;
  readonly agent: string;
  readonly workingDirectory: string;
  readonly createdAt: number;
  readonly name?: string | undefined;
}

/** A record of our own event log, in the form that agents' files have: the log's filter and rendering apply to it too. */
export interface OwnRecord {
  readonly uuid: string;
  readonly parentUuid: string | null;
  readonly type: "user" | "assistant";
  /** ISO-8601. */
  readonly timestamp: string;
  readonly cwd: string;
  readonly message: { readonly role: "user" | "assistant"; readonly content: string | readonly unknown[] };
  readonly promptId?: string | undefined;
}

export interface SessionTail {
  /** Bytes of the file, or records of an own log: two equal values mean that nothing was written between. */
  readonly length: number;
  /** The newest record's id in the active branch; null when there is none. */
  readonly lastRecordId: string | null;
  /** [HIST-12] */
  readonly isTurnFinished: boolean;
  /** When it last grew, by the file's modification time. */
  readonly grewAt: number;
  /** Ids of prompts (records of the agent's input) that are in the file, asked for one: see `hasRecord`. */
  hasRecord(id: string): Promise<boolean>;
  /** The last text of the assistant and the usage of the turn that the record `promptId` began ([CRASH-3]). */
  answerTo(promptId: string): Promise<TurnAnswer | undefined>;
}

export interface TurnAnswer {
  readonly isFinished: boolean;
  readonly text: string;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
}

export interface SessionLog {
  readonly sessionId: string;
  /** Names the numbering ([HIST-10]). */
  readonly logId: string;
  /** `seq` of the newest message, 0 when there is none. */
  readonly endSeq: number;
  /** `seq` of the first message that is kept: 1, but for own event logs that were cut. */
  readonly startSeq: number;
  /** The `seq` of a message; undefined when the log has none of that id. */
  seqOf(messageId: string): Promise<number | undefined>;
  /** Messages `fromSeq` to `toSeq`, both included, oldest first; what lies outside the log is left out. */
  read(fromSeq: number, toSeq: number): Promise<readonly LogMessage[]>;
  /** From `beforeSeq` (excluded) towards the beginning, newest first, in batches; stop reading when you have enough. */
  readBackwards(beforeSeq: number, afterSeq: number): AsyncIterable<readonly LogMessage[]>;
}

export interface CatalogListener {
  /** It has its first message ([WATCH-6]). Once per session. */
  onCreated?(summary: SessionSummary): void;
  /** Something of the summary changed, messages or not. */
  onChanged?(summary: SessionSummary): void;
  /**
   * New messages at the end, in order, without a hole; `log` stands at their end. Only of sessions whose log was opened
   * since the start: what nobody was given a number of is not numbered ([HIST-10]), and the first one told is the one
   * behind the `endSeq` of the log that was opened.
   */
  onAppended?(log: SessionLog, messages: readonly LogMessage[]): void;
  /** The numbering began anew ([HIST-11]). */
  onReset?(log: SessionLog): void;
  /** Its file disappeared ([HIST-13]). */
  onGone?(sessionId: string): void;
}
