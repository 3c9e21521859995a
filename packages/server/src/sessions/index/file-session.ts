/**
 * A session whose record is in files: which of its files counts, what was read of it, and the one read at a time that
 * goes on from there. Every message behind those that were numbered for a client is told once and in order; where the
 * numbering does not hold, it begins anew ([HIST-11]). It knows nothing of lists, watches, names or sockets.
 * States: unread -> listed (a large file, counted later) -> counted; counted -> gone -> counted. A state is left only
 * by a read; what anybody else says of the file is only a reason to read.
 */
import { dirname } from "node:path";
import { invariant } from "@parlatory/protocol";
import type { SessionLog } from "../catalog.ts";
import {
  FileChangedError,
  type FileState,
  type LogFingerprint,
  type LogReader,
  type ScanResult,
} from "../log/log-reader.ts";
import { decodeFolder, type FolderDirectory } from "../naming/decode-folder.ts";
import type { LogMessage } from "../session.ts";
import { FileLog } from "./file-log.ts";
import { FoldedRuns } from "./folded-runs.ts";
import type { Looks } from "./looks.ts";
import type { Numberings } from "./numberings.ts";
import type { ReadSlots } from "./read-slots.ts";
import { recordedDirectory } from "./summarise.ts";
import type { FileStamp } from "./survey/surveyor.ts";
import type { Clock, Log, Scheduler } from "../../ports.ts";

/** [WATCH-3] */
const FOLD_MS = 20;
/** [HIST-4] */
const REST_MS = 10_000;
/** Larger files are listed by their ends, and counted afterwards. */
export const COUNT_AT_ONCE_BYTES = 1024 * 1024;
/** Messages that come to the listener at once where they have to be read as pages. */
const TELL_PAGE = 200;

export interface FileSessionHost {
  readonly reader: LogReader;
  readonly slots: ReadSlots;
  readonly looks: Looks;
  readonly numberings: Numberings;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly home: string;
  /** Looks for files of it elsewhere, before it is called gone. */
  lookAgain(): Promise<void>;
  /** What is known of the session's file changed, be it only its size. */
  changed(session: FileSession): void;
  appended(session: FileSession, log: SessionLog, messages: readonly LogMessage[]): void;
  reset(session: FileSession, log: SessionLog): void;
  gone(session: FileSession): void;
  /** It was listed by its ends: `count` is to be called when there is time. */
  countLater(session: FileSession): void;
  /** The numbering that a client was given before there was a record: its messages are told from the first on ([SUB-2]). */
  emptyLogId(session: FileSession): string | undefined;
}

export interface ReadFile {
  readonly path: string;
  readonly state: FileState;
  /** False: the count is a lower bound. */
  readonly isExact: boolean;
}

/** A stamp, and which look saw it. */
interface SeenStamp extends FileStamp {
  readonly look: number;
}

type ReadResult = ScanResult | { readonly outcome: "listed"; readonly state: FileState; readonly isExact: boolean };

export class FileSession {
  readonly sessionId: string;
  readonly #host: FileSessionHost;
  readonly #runs: FoldedRuns;
  /** Every file of this id, as last seen ([WATCH-1]). */
  readonly #files = new Map<string, SeenStamp>();
  #read: ReadFile | undefined;
  #hadFile = false;
  #isGone = true;
  /** What its folder stands for, where no record says it. */
  #folder: FolderDirectory | undefined;
  /** Who waits for its log. */
  #openers = 0;
  #logId: string | undefined;
  /** The log that the saved index knew, of which the present one is known to be a continuation. */
  #ancestor: LogFingerprint | undefined;
  /** `seq` of the last message that the listener knows of; meaningful from the first numbering on. */
  #toldSeq = 0;
  #isCounting = false;
  /** The size at which the rest behind the last newline was looked at for good. */
  #restedSize: number | undefined;
  #hasFailed = false;

  constructor(sessionId: string, host: FileSessionHost) {
    this.sessionId = sessionId;
    this.#host = host;
    this.#runs = new FoldedRuns({
      clock: host.clock,
      scheduler: host.scheduler,
      foldMs: FOLD_MS,
      run: () => this.#run(),
      failed: (error) => this.#fail(error),
    });
  }

  /** What the file says; undefined when there is none. */
  get file(): ReadFile | undefined {
    return this.#isGone ? undefined : this.#read;
  }

  /** It had a file, and it has none now ([HIST-13]). */
  get hasVanished(): boolean {
    return this.#isGone && this.#hadFile;
  }

  get folder(): FolderDirectory | undefined {
    return this.#folder;
  }

  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  get log(): SessionLog | undefined {
    const isNumbered = this.file !== undefined && this.#logId !== undefined;
    return isNumbered ? this.#logTo(this.#toldSeq) : undefined;
  }

  /** Its end lacks a newline and was looked at too early to be a line. */
  get isTorn(): boolean {
    const { state } = this.file ?? {};
    return state !== undefined && state.offset < state.size && state.size !== this.#restedSize;
  }

  get isAtRest(): boolean {
    const { state } = this.file ?? {};
    return state !== undefined && this.#host.clock.now() - state.mtimeMs >= REST_MS;
  }

  /** Whether a read would find what was read before, as far as stamps can tell. */
  get isCurrent(): boolean {
    const path = this.#chosen();
    const stamp = path === undefined ? undefined : this.#files.get(path);
    const { path: readPath, state } = this.file ?? {};
    if (stamp === undefined || state === undefined) return stamp === undefined && state === undefined;
    return (
      path === readPath &&
      (this.#logId === undefined || this.#toldSeq === state.count) &&
      (recordedDirectory(state.facts) !== undefined || this.#folder !== undefined) &&
      stamp.size === state.size &&
      stamp.mtimeMs === state.mtimeMs &&
      stamp.inode === state.inode
    );
  }

  /** What the saved index says was read: good for as much of the file as is unchanged. */
  restore(read: ReadFile): void {
    this.#read = read;
    if (read.isExact) this.#ancestor = { count: read.state.count, idsHash: read.state.idsHash };
    this.#hadFile = true;
    this.#isGone = false;
  }

  /** Takes the state of a whole file, if nothing else was read or is being read. Where it is not taken, nothing changes. */
  adopt(path: string, state: FileState, look: number): void {
    const isFirst = this.#read === undefined && this.#runs.isResting && this.isChosen(path);
    // An empty log has a number already: what comes into it has to be told.
    if (!isFirst || this.#host.emptyLogId(this) !== undefined) return;
    this.#become({ path, state, isExact: true }, undefined);
    this.see(path, state, look);
    this.#host.changed(this);
  }

  /** A file of it is there, as it was when that look began, or after. Reads nothing. */
  see(path: string, { size, mtimeMs, inode }: FileStamp, look: number): void {
    const known = this.#files.get(path);
    if (known === undefined || known.look <= look) this.#files.set(path, { size, mtimeMs, inode, look });
  }

  /** A look did not see a file of it. One that counts is tried to be read before that is believed. */
  miss(path: string, look: number): void {
    const known = this.#files.get(path);
    if (known === undefined || known.look > look) return;
    if (this.isChosen(path)) this.notice();
    else this.#files.delete(path);
  }

  /** The file may have changed, in any way. */
  notice(): void {
    this.#runs.notice();
  }

  /** Whether a change of this file is one of what counts. */
  isChosen(path: string): boolean {
    return this.#chosen() === path;
  }

  /** Ends when what is in the file now was read, and was told. */
  readNow(): Promise<void> {
    return this.#runs.now();
  }

  /** The log, counted and numbered for a client; from here on its messages are told. Undefined when it is gone. */
  async open(): Promise<SessionLog | undefined> {
    this.#openers++;
    try {
      await this.#runs.now();
      return this.log;
    } finally {
      this.#openers--;
    }
  }

  /** Counts a file that was only listed. */
  async count(): Promise<void> {
    if (this.file === undefined || this.file.isExact) return;
    this.#isCounting = true;
    try {
      await this.#runs.now();
    } finally {
      this.#isCounting = false;
    }
  }

  close(): Promise<void> {
    return this.#runs.close();
  }

  async #run(): Promise<void> {
    // Who opens it during this read waits for the next one, and is told nothing before that has ended.
    const isOpened = this.#openers > 0;
    for (let hasLooked = false; ;) {
      const path = this.#chosen();
      if (path === undefined) {
        if (this.#isGone) return;
        if (hasLooked) return this.#leave();
        await this.#host.lookAgain();
        hasLooked = true;
        continue;
      }
      const look = this.#host.looks.begin();
      const result = await this.#scan(path);
      // It was replaced between two steps of one reading.
      if (result === undefined) continue;
      if (result.outcome === "gone") this.#files.delete(path);
      else await this.#take(path, result, look);
      this.#hasFailed = false;
      const isDone = result.outcome !== "gone" && !("hasMore" in result && result.hasMore);
      if (isDone && this.isChosen(path)) return isOpened ? this.#number() : undefined;
    }
  }

  async #scan(path: string): Promise<ReadResult | undefined> {
    try {
      return await this.#scanAsItIs(path);
    } catch (error) {
      if (error instanceof FileChangedError) return undefined;
      throw error;
    }
  }

  async #scanAsItIs(path: string): Promise<ReadResult> {
    this.#adoptNumbering();
    const { reader, slots } = this.#host;
    const file = { path, sessionId: this.sessionId };
    const from = this.#read?.isExact === true ? this.#read.state : undefined;
    const size = this.#files.get(path)?.size ?? 0;
    const isWanted = this.#openers > 0 || this.#logId !== undefined || this.#isCounting;
    if (from === undefined && !isWanted && size > COUNT_AT_ONCE_BYTES) {
      const glance = await slots.read(() => reader.glance(file));
      return glance === undefined ? { outcome: "gone" } : { outcome: "listed", ...glance };
    }
    const wantMessages = this.#logId !== undefined;
    const scan = (): Promise<ScanResult> => reader.scan({ file, from, atRest: false, wantMessages });
    const result = await (this.#isCounting ? scan() : slots.read(scan));
    if (result.outcome === "gone" || result.outcome === "rewritten") return result;
    if (!isSameEnd(from, result.state) || !this.#isRestDue(result.state)) return result;
    const rested = await slots.read(() => reader.scan({ file, from: result.state, atRest: true, wantMessages }));
    this.#restedSize = result.state.size;
    return rested;
  }

  #adoptNumbering(): void {
    if (this.#logId !== undefined || this.#read !== undefined) return;
    this.#logId = this.#host.emptyLogId(this);
  }

  #isRestDue({ offset, size, mtimeMs }: FileState): boolean {
    return offset < size && size !== this.#restedSize && this.#host.clock.now() - mtimeMs >= REST_MS;
  }

  async #take(path: string, result: Exclude<ReadResult, { outcome: "gone" }>, look: number): Promise<void> {
    // A client may have been given the empty log while the file was read.
    this.#adoptNumbering();
    const { numberings } = this.#host;
    const { state } = result;
    if (result.outcome === "rewritten") this.#ancestor = undefined;
    const isExact = result.outcome !== "listed" || result.isExact;
    const folder = recordedDirectory(state.facts) === undefined ? await this.#decode(dirname(path)) : undefined;
    let logId = this.#logId;
    const isReset = logId !== undefined && result.outcome === "rewritten" && !result.isPrefixKept && this.#toldSeq > 0;
    if (isReset) logId = await numberings.renew(this.sessionId, state);
    // Nothing waits from here to the last word to the host: whoever looks sees the old file or the new one.
    if (isReset) this.#toldSeq = state.count;
    this.#logId = logId;
    this.#become({ path, state, isExact }, folder);
    this.see(path, state, look);
    this.#host.changed(this);
    if (logId === undefined) {
      if (!isExact) this.#host.countLater(this);
      return;
    }
    if (result.outcome !== "unchanged") numberings.advance(this.sessionId, state);
    if (isReset) this.#host.reset(this, this.#logTo(state.count));
    await this.#tell("messages" in result ? result.messages : []);
  }

  #become(read: ReadFile, folder: FolderDirectory | undefined): void {
    this.#read = read;
    this.#hadFile = true;
    this.#isGone = false;
    this.#folder = folder;
  }

  /** What could not be decoded may be decodable now: a directory of that name was made. */
  async #decode(folderPath: string): Promise<FolderDirectory> {
    if (this.#folder?.isPlaceholder === false && dirname(this.#read?.path ?? "") === folderPath) return this.#folder;
    return decodeFolder(folderPath, this.#host.home);
  }

  /**
   * Numbers an opened log, by what the store keeps where that still holds. The last step of a read: nothing is told
   * before the one who opened has his log.
   */
  async #number(): Promise<void> {
    if (this.#logId !== undefined || this.file?.isExact !== true) return;
    const { path, state } = this.file;
    const { numberings, reader } = this.#host;
    this.#logId = await numberings.resume(this.sessionId, state, async ({ count, idsHash }) => {
      if (this.#ancestor?.count === count && this.#ancestor.idsHash === idsHash) return true;
      const file = { path, sessionId: this.sessionId };
      const result = await reader.scan({ file, compare: { count, idsHash }, atRest: false, wantMessages: false });
      return result.outcome === "rewritten" && result.isPrefixKept;
    });
    this.#toldSeq = state.count;
  }

  /** Tells what is behind the last message told: `messages`, when they reach from there to the end, else pages. */
  async #tell(messages: readonly LogMessage[]): Promise<void> {
    const end = this.#read?.state.count ?? 0;
    if (this.#toldSeq >= end) return;
    if (messages[0]?.seq === this.#toldSeq + 1 && messages.at(-1)?.seq === end) {
      this.#toldSeq = end;
      this.#host.appended(this, this.#logTo(end), messages);
      return;
    }
    for (let from = this.#toldSeq + 1; from <= end; from = this.#toldSeq + 1) {
      const to = Math.min(end, from + TELL_PAGE - 1);
      const page = await this.#page(from, to);
      // The file was rewritten meanwhile: the next read finds out, and begins anew or goes on from here.
      if (page === undefined) return this.#runs.notice();
      this.#toldSeq = to;
      this.#host.appended(this, this.#logTo(to), page);
    }
  }

  async #page(from: number, to: number): Promise<readonly LogMessage[] | undefined> {
    try {
      return await this.#logTo(to).read(from, to);
    } catch (error) {
      if (error instanceof FileChangedError) return undefined;
      throw error;
    }
  }

  #logTo(endSeq: number): SessionLog {
    invariant(this.#read !== undefined, "a log is of a file that was read");
    const { path, state } = this.#read;
    const { sessionId } = this;
    const pages = this.#host.reader.openPages({ path, sessionId }, state);
    return new FileLog({ sessionId, logId: this.#logId ?? "", endSeq }, pages);
  }

  #leave(): void {
    this.#isGone = true;
    // What was read of an uncounted file is no beginning to go on from.
    if (this.#read?.isExact === false) this.#read = undefined;
    this.#host.gone(this);
  }

  /** The last modified counts; of equal ones the first by path, so that a rebuild chooses the same ([WATCH-1]). */
  #chosen(): string | undefined {
    let chosen: string | undefined;
    let newest = Number.NEGATIVE_INFINITY;
    for (const [path, { mtimeMs }] of this.#files) {
      if (mtimeMs > newest || (mtimeMs === newest && chosen !== undefined && path < chosen)) {
        chosen = path;
        newest = mtimeMs;
      }
    }
    return chosen;
  }

  /** The stamp still differs from what was read, so that the next sweep reads again. */
  #fail(error: unknown): void {
    const level = this.#hasFailed ? "debug" : "warn";
    this.#hasFailed = true;
    this.#host.log[level]("the file of a session could not be read; it is tried again", {
      sessionId: this.sessionId,
      error,
    });
  }
}

function isSameEnd(a: FileState | undefined, b: FileState): boolean {
  return a?.size === b.size && a.offset === b.offset && a.mtimeMs === b.mtimeMs;
}
