/**
 * The port between the catalog, which knows which files there are, and the reading of one file: bytes to lines to records
 * to messages, off the main thread, with bounded memory whatever the size ([HIST-2] to [HIST-9], [HIST-12]). The reader keeps
 * nothing between calls but threads; everything it must know of a file comes with the call, as a `FileState` that the
 * catalog keeps in memory and in the saved index. The reader never writes.
 */
import type { LogMessage } from "../session.ts";
import type { TurnAnswer } from "../catalog.ts";
import type { LogTip } from "./record-tree.ts";
import type { TurnState } from "./turn-watch.ts";

export interface LogReader {
  /**
   * Reads what is new in a file since `from`, or all of it. `atRest`: nobody has grown it for 10 s, so that a complete JSON
   * object without a newline at the end counts as a line ([HIST-4]). `wantMessages`: give the new messages, for followers;
   * without it only facts and counts are kept. Calls of one turn of the event loop are sent to the threads together, so that
   * thousands of them may be made at once. Rejects when a file that exists cannot be read.
   */
  scan(request: ScanRequest): Promise<ScanResult>;
  /** Pages of a file as of a state; the file may have grown meanwhile. */
  openPages(file: SessionFile, state: FileState): FilePages;
  /**
   * Only enough to list a file: its size, its first lines and its last ones (the head 4 KiB, the tail 16 KiB, more where a
   * record is longer). `isExact` of the count is false unless the whole was read ([WATCH-5]); a state that is not exact may
   * be given to `scan` as `from`, which then reads the whole. Undefined when the file is gone. Calls are sent together too.
   */
  glance(file: SessionFile): Promise<{ state: FileState; isExact: boolean } | undefined>;
  /**
   * The states of whole files of which nothing is known yet, all at once: for a first list. Null for one that is not there or
   * could not be read, which `scan` then says. Rejects when a thread ended, and nothing is known of any of them.
   */
  count(files: readonly SizedFile[]): Promise<readonly (FileState | null)[]>;
  close(): Promise<void>;
}

export interface SizedFile extends SessionFile {
  /** As it was seen last: how much work it will be. */
  readonly size: number;
}

export interface SessionFile {
  readonly path: string;
  readonly sessionId: string;
}

export interface ScanRequest {
  readonly file: SessionFile;
  readonly from?: FileState | undefined;
  /** The old numbering where `from` is not known any more: a whole read is compared with it ([HIST-11]). */
  readonly compare?: LogFingerprint | undefined;
  readonly atRest: boolean;
  readonly wantMessages: boolean;
}

/** Names the first `count` ids of a log in their order. */
export interface LogFingerprint {
  readonly count: number;
  readonly idsHash: string;
}

export type ScanResult =
  | { readonly outcome: "gone" }
  | { readonly outcome: "unchanged"; readonly state: FileState }
  /**
   * Identity and prefix are equal: read on from the offset, or from the start when nothing was known. `messages` are the new
   * ones when they were wanted. `hasMore`: so much is new that it is not given at once; scan again from `state`.
   */
  | {
      readonly outcome: "grown";
      readonly state: FileState;
      readonly messages: readonly LogMessage[];
      readonly hasMore: boolean;
    }
  /**
   * Read anew from the start. `isPrefixKept`: the ids of the old log are the first ones of the new. Messages are not given:
   * those behind the old ones are pages of the new state.
   */
  | { readonly outcome: "rewritten"; readonly state: FileState; readonly isPrefixKept: boolean };

/** All that is kept of a file between reads; plain JSON. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
  readonly device: number;
  readonly inode: number;
  /** Behind the last whole line that was read. */
  readonly offset: number;
  /** Of the first line's bytes. */
  readonly firstLineHash: string;
  /** Of the first 4 KiB and the last 4 KiB before `offset` ([HIST-11]). */
  readonly prefixHash: string;
  /** Messages in the log: `seq` of the last one. A lower bound until the whole was read. */
  readonly count: number;
  /** A running hash over the ids of the log in order, so that a rewritten file can be compared with the old numbering. */
  readonly idsHash: string;
  /** A print of each id of the log, in order: says of an id whether the log has it, and where. */
  readonly idPrints: string;
  /** Byte offsets of the messages 1, 1 + MARK_EVERY, 1 + 2 × MARK_EVERY …: a page is found without reading what is around it. */
  readonly marks: readonly number[];
  /** Byte offsets of records that were dropped because their id had occurred before: a tail is numbered without the start. */
  readonly repeatedOffsets: readonly number[];
  /** Offsets of lines without an id that are equal to earlier ones, and to how many ([HIST-6]). */
  readonly twins: readonly (readonly [offset: number, earlier: number])[];
  readonly turn: TurnState;
  readonly tip: LogTip | null;
  readonly skippedLines: number;
  readonly facts: FileFacts;
}

/** What lists and locks need to know of a file's content. */
export interface FileFacts {
  /** Of the first record that has one. */
  readonly cwd?: string | undefined;
  /** Of the first record with a time. */
  readonly createdAt?: number | undefined;
  /** Of the newest message. */
  readonly lastTimestamp?: number | undefined;
  /** Text of the newest message, cut to 200 code points. */
  readonly preview: string;
  /** Name candidates of [WATCH-7], newest or first as it says, cut to 200 code points. */
  readonly title?: string | undefined;
  readonly summary?: string | undefined;
  /** The first real prompt of at least 10 code points. */
  readonly firstPrompt?: string | undefined;
  /** The longest real prompt, while there is no `firstPrompt`. */
  readonly longestPrompt?: string | undefined;
  readonly model?: string | undefined;
  /** Of the newest usage: what the context holds. */
  readonly contextTokens?: number | undefined;
  /** Of the newest record in the active branch. */
  readonly lastRecordId: string | null;
  /** [HIST-12] */
  readonly isTurnFinished: boolean;
}

/**
 * Of a file as of a state: what was appended since is not in it. When the file is not the one of the state any more, every
 * call rejects with a `FileChangedError`, and the file has to be scanned.
 */
export interface FilePages {
  /** Both included, oldest first. */
  read(fromSeq: number, toSeq: number): Promise<readonly LogMessage[]>;
  /** From `beforeSeq` (excluded) down to `afterSeq` (excluded), newest first, in batches of a bounded number of bytes. */
  readBackwards(beforeSeq: number, afterSeq: number): AsyncIterable<readonly LogMessage[]>;
  seqOf(messageId: string): Promise<number | undefined>;
  /** For a run's end after a crash ([CRASH-3]): whether the prompt of this id is in the file, as a record or steered. */
  hasRecord(id: string): Promise<boolean>;
  /** The last text of the assistant in the turn that the prompt of this id began, and the turn's usage ([CRASH-3]). */
  answerTo(promptId: string): Promise<TurnAnswer | undefined>;
}

export const MARK_EVERY = 256;

/** The file of some pages was replaced, cut or removed since its state was taken. */
export class FileChangedError extends Error {
  override readonly name = "FileChangedError";
}
