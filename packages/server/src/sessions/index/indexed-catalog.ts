/**
 * The catalog: all sessions there are, from the files of an agent, from our own event logs and from what this server noted,
 * each as one summary in one order. What changes is taken in from the watch of the files and from appends, and told to
 * listeners. It knows nothing of sockets, frames, prompts or locks, and it never writes into an agent's files.
 * States: new -> starting (lists are not complete, nothing is told) -> running -> stopped.
 */
import { join } from "node:path";
import { RemoteError } from "@parlatory/protocol/remote";
import type { Clock, Log, RandomBytes, Scheduler } from "../../ports.ts";
import type { RemoteStore } from "../../store/remote-store.ts";
import type {
  CatalogListener,
  NotedSession,
  OwnRecord,
  SessionCatalog,
  SessionFilter,
  SessionLog,
  SessionPage,
  SessionTail,
} from "../catalog.ts";
import type { LogReader } from "../log/log-reader.ts";
import { encodeFolder } from "../naming/encode-folder.ts";
import type { SessionSummary } from "../session.ts";
import { emptyLog } from "./empty-log.ts";
import { FileSession, type FileSessionHost } from "./file-session.ts";
import { fileTail } from "./file-tail.ts";
import { Numberings } from "./numberings.ts";
import { OwnLog } from "./own-log.ts";
import { ReadSlots } from "./read-slots.ts";
import { loadIndex, saveIndex, type SavedFile } from "./saved-index.ts";
import { scratchFolders } from "./scratch-folders.ts";
import type { SessionEntry } from "./session-entry.ts";
import { SessionOrder } from "./session-order.ts";
import { isEqual, summarise, type RecordSource } from "./summarise.ts";
import { stampOf } from "./survey/stamp-of.ts";
import { surveyInSlices } from "./survey/survey-in-slices.ts";
import { SurveyThread } from "./survey/survey-thread.ts";
import type { FileStamp, Survey, Surveyor, SurveyOptions } from "./survey/surveyor.ts";
import { TreeWatch } from "./tree-watch.ts";
import { watchDirectory, type WatchDirectory } from "./watch/watch-directory.ts";

const SAVE_EVERY_TICKS = 60;

export type CatalogStore = Pick<
  RemoteStore,
  | "findSession"
  | "listSessions"
  | "findNumbering"
  | "saveNumbering"
  | "appendSessionEvents"
  | "readSessionEvents"
  | "summarizeSessionEvents"
>;

export interface CatalogOptions {
  /** Of the agent's project folders ([HIST-1]); need not be there. */
  readonly root: string;
  /** The agent whose files those are. */
  readonly fileAgent: string;
  readonly home: string;
  /** Our own scratch directory, whose sessions are nobody's ([WATCH-1]). */
  readonly scratchDirectory: string;
  /** Where the index is kept over restarts; its folder exists. */
  readonly indexPath: string;
  /** 1,000 to 30,000 ([WATCH-2]). */
  readonly sweepMs: number;
  /** Is closed with the catalog. */
  readonly reader: LogReader;
  readonly store: CatalogStore;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
  /** For tests: the system's watch and a thread if not given. */
  readonly watchDirectory?: WatchDirectory | undefined;
  readonly surveyor?: Surveyor | undefined;
}

export class IndexedCatalog implements SessionCatalog {
  readonly #options: CatalogOptions;
  readonly #surveyed: SurveyOptions;
  readonly #surveyor: Surveyor;
  readonly #watch: TreeWatch;
  readonly #numberings: Numberings;
  readonly #slots = new ReadSlots();
  readonly #host: FileSessionHost;
  readonly #entries = new Map<string, SessionEntry>();
  readonly #order = new SessionOrder();
  readonly #listeners = new Set<CatalogListener>();
  /** Files whose end may become a line when nobody grows them ([HIST-4]). */
  readonly #torn = new Set<FileSession>();
  #phase: "new" | "starting" | "running" | "stopped" = "new";
  #starting: Promise<void> | undefined;
  #isUnsaved = false;
  #ticks = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: CatalogOptions) {
    this.#options = options;
    const { root, clock, scheduler, log, store, reader, home, randomBytes, sweepMs } = options;
    this.#surveyed = { root, ignoredFolders: scratchFolders(options.scratchDirectory) };
    this.#surveyor = options.surveyor ?? new SurveyThread(this.#surveyed);
    this.#numberings = new Numberings({ store, randomBytes, scheduler, log });
    this.#watch = new TreeWatch({
      root,
      surveyor: this.#surveyor,
      watchDirectory: options.watchDirectory ?? watchDirectory,
      sweepMs,
      clock,
      scheduler,
      log,
      onSurvey: (survey) => this.#takeSurvey(survey),
      onFile: (path, sessionId) => this.#noticeFile(path, sessionId),
      onTick: () => this.#tick(),
    });
    this.#host = {
      reader,
      slots: this.#slots,
      numberings: this.#numberings,
      clock,
      scheduler,
      log,
      home,
      lookAgain: () => this.#sweep(),
      changed: (file) => this.#fileChanged(file),
      appended: (_file, sessionLog, messages) => this.#tell((listener) => listener.onAppended?.(sessionLog, messages)),
      reset: (_file, sessionLog) => this.#tell((listener) => listener.onReset?.(sessionLog)),
      gone: (file) => this.#fileGone(file),
      countLater: (file) => this.#countLater(file),
    };
  }

  start(): Promise<void> {
    this.#phase = "starting";
    this.#starting = this.#start();
    return this.#starting;
  }

  async stop(): Promise<void> {
    if (this.#phase === "stopped") return;
    await this.#starting?.catch(() => undefined);
    this.#phase = "stopped";
    await this.#watch.close();
    await Promise.all([...this.#files()].map((file) => file.close()));
    await this.#numberings.close();
    this.#save();
    await this.#saving;
    await this.#surveyor.close();
    await this.#options.reader.close();
  }

  get(sessionId: string): SessionSummary | undefined {
    return this.#entries.get(sessionId)?.summary;
  }

  async find(sessionId: string): Promise<SessionSummary | undefined> {
    const known = this.get(sessionId);
    if (known !== undefined && known.messageCount > 0) return known;
    const entry = this.#entries.get(sessionId);
    if (entry?.own === undefined) await this.#lookFor(sessionId);
    if (this.get(sessionId) === undefined) await this.#lookInStore(sessionId);
    return this.get(sessionId);
  }

  list(filter: SessionFilter): readonly SessionSummary[] {
    return this.#order.list(filter);
  }

  page(filter: SessionFilter & { readonly cursor?: string | undefined; readonly limit: number }): SessionPage {
    return this.#order.page(filter);
  }

  async open(sessionId: string): Promise<SessionLog | undefined> {
    if ((await this.find(sessionId)) === undefined) return undefined;
    const entry = this.#entry(sessionId);
    const { file, own } = entry;
    if (own !== undefined) {
      own.logId ??= await this.#numberings.resume(sessionId, numberedOwn(own.count), () => Promise.resolve(true));
      return own.log;
    }
    if (file !== undefined) return this.#reading(sessionId, () => file.open());
    const logId = await this.#numberings.resume(sessionId, numberedOwn(0), () => Promise.resolve(true));
    // Its first record may have come while the store was asked.
    if (entry.file !== undefined || entry.own !== undefined) return this.open(sessionId);
    entry.emptyLogId = logId;
    return emptyLog(sessionId, logId);
  }

  async refresh(sessionId: string): Promise<void> {
    const entry = this.#entries.get(sessionId);
    if (entry?.own !== undefined) return;
    try {
      if (entry?.file?.file === undefined) await this.#lookFor(sessionId);
      await this.#entries.get(sessionId)?.file?.readNow();
    } catch (error) {
      // The sweep goes on trying; who waits for the records has a limit of his own ([PROMPT-12]).
      this.#options.log.warn("the file of a session could not be read after its turn", { sessionId, error });
    }
  }

  async tail(sessionId: string): Promise<SessionTail | undefined> {
    const summary = await this.find(sessionId);
    if (summary === undefined) return undefined;
    const { file, own } = this.#entry(sessionId);
    if (own !== undefined) return own.tail();
    if (file === undefined) return emptyTail(summary.createdAt);
    await this.#reading(sessionId, () => file.readNow());
    return file.file && fileTail(file, this.#options.reader);
  }

  note(session: NotedSession): void {
    const entry = this.#entry(session.sessionId);
    entry.note = session;
    this.#update(entry);
  }

  async append(sessionId: string, records: readonly OwnRecord[]): Promise<void> {
    const entry = this.#entry(sessionId);
    const { own = new OwnLog(sessionId, this.#options.store) } = entry;
    entry.own = own;
    own.logId ??= entry.emptyLogId;
    await own.append(records, (messages, log) => {
      this.#update(entry);
      if (own.logId !== undefined) this.#tell((listener) => listener.onAppended?.(log, messages));
      this.#numberings.advance(sessionId, numberedOwn(own.count));
    });
  }

  listen(listener: CatalogListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #start(): Promise<void> {
    const { indexPath, root, store, scheduler } = this.#options;
    const [saved, rows, events] = await Promise.all([
      loadIndex(indexPath, root),
      store.listSessions(),
      store.summarizeSessionEvents(),
    ]);
    for (const row of rows) this.#entry(row.sessionId).note = row;
    for (const { sessionId, ...summary } of events) {
      const own = new OwnLog(sessionId, store);
      this.#entry(sessionId).own = own;
      await own.restore(summary);
    }
    const reads: Promise<void>[] = [];
    const survey = await surveyInSlices(this.#surveyed, scheduler, (files) => {
      for (const { path, sessionId, ...stamp } of files) {
        const file = this.#file(sessionId);
        const read = saved?.get(sessionId);
        if (read !== undefined && file.file === undefined) file.restore(read);
        file.see(path, stamp);
        if (!file.isCurrent) reads.push(this.#readFirst(file));
      }
    });
    this.#watch.start(survey);
    await Promise.all(reads);
    const files = [...this.#files()];
    // Those with another file of their id in a later folder, and those whose torn end has been at rest for long.
    const rest = files.filter((file) => !file.isCurrent || (file.isTorn && file.isAtRest));
    await Promise.all(rest.map((file) => this.#readFirst(file)));
    this.#isUnsaved ||= saved?.size !== files.length;
    this.#phase = "running";
    for (const entry of this.#entries.values()) this.#placeFirst(entry);
    this.#order.fill([...this.#entries.values()].flatMap(({ summary }) => (isListed(summary) ? [summary] : [])));
    for (const file of files) if (file.file?.isExact === false) this.#countLater(file);
    this.#watch.sweepSoon();
  }

  async #readFirst(file: FileSession): Promise<void> {
    try {
      await file.readNow();
    } catch (error) {
      // One that cannot be read hides no other, and is tried again by the sweep.
      const { sessionId } = file;
      this.#options.log.warn("the file of a session could not be read; it is tried again", { sessionId, error });
    }
  }

  #placeFirst(entry: SessionEntry): void {
    entry.summary = this.#summarise(entry);
    entry.isAnnounced = isListed(entry.summary);
  }

  *#files(): Generator<FileSession> {
    for (const { file } of this.#entries.values()) if (file !== undefined) yield file;
  }

  #entry(sessionId: string): SessionEntry {
    let entry = this.#entries.get(sessionId);
    if (entry === undefined) {
      entry = { sessionId, isAnnounced: false };
      this.#entries.set(sessionId, entry);
    }
    return entry;
  }

  #file(sessionId: string): FileSession {
    const entry = this.#entry(sessionId);
    if (entry.file === undefined) {
      entry.file = new FileSession(sessionId, this.#host);
      if (entry.emptyLogId !== undefined) entry.file.adopt(entry.emptyLogId);
    }
    return entry.file;
  }

  #takeSurvey({ files }: Survey): void {
    const seen = new Set<string>();
    for (const { path, sessionId, ...stamp } of files) {
      seen.add(path);
      this.#file(sessionId).see(path, stamp);
    }
    for (const file of this.#files()) {
      let isMissing = false;
      for (const path of file.paths) {
        if (seen.has(path)) continue;
        if (file.isChosen(path)) isMissing = true;
        else file.forget(path);
      }
      if (isMissing || !file.isCurrent) file.notice();
    }
  }

  #noticeFile(path: string, sessionId: string): void {
    const file = this.#entries.get(sessionId)?.file;
    if (file?.isChosen(path) === true) file.notice();
    else void this.#look(path, sessionId);
  }

  async #look(path: string, sessionId: string): Promise<void> {
    const stamp = await stampOf(path, this.#options.root);
    if (this.#phase === "stopped") return;
    if (stamp !== undefined) this.#see(path, sessionId, stamp);
    else this.#entries.get(sessionId)?.file?.forget(path);
  }

  #see(path: string, sessionId: string, stamp: FileStamp): void {
    const file = this.#file(sessionId);
    file.see(path, stamp);
    if (!file.isCurrent) file.notice();
  }

  /** Where its file would be, and then everywhere. */
  async #lookFor(sessionId: string): Promise<void> {
    const { root } = this.#options;
    const directory = this.#entries.get(sessionId)?.note?.workingDirectory;
    if (directory !== undefined) {
      const path = join(root, encodeFolder(directory), `${sessionId}.jsonl`);
      const stamp = await stampOf(path, root);
      if (stamp !== undefined) this.#see(path, sessionId, stamp);
    }
    if (this.#entries.get(sessionId)?.file?.isCurrent !== false) await this.#sweep();
    const file = this.#entries.get(sessionId)?.file;
    if (file !== undefined) await this.#reading(sessionId, () => file.readNow());
  }

  /** Another server on the same store may know it; a file that it had and has no more ended it ([HIST-13]). */
  async #lookInStore(sessionId: string): Promise<void> {
    const row = await this.#options.store.findSession(sessionId);
    const entry = this.#entries.get(sessionId);
    if (row === undefined || entry?.file?.hasVanished === true) return;
    this.note(row);
  }

  async #reading<Result>(sessionId: string, read: () => Promise<Result>): Promise<Result> {
    try {
      return await read();
    } catch (cause) {
      throw new RemoteError("io_error", `Cannot read the file of session ${sessionId}`, { cause });
    }
  }

  #sweep(): Promise<void> {
    return this.#phase === "stopped" ? Promise.resolve() : this.#watch.sweep();
  }

  #fileChanged(file: FileSession): void {
    this.#isUnsaved = true;
    if (file.isTorn) this.#torn.add(file);
    else this.#torn.delete(file);
    this.#update(this.#entry(file.sessionId));
  }

  #fileGone(file: FileSession): void {
    this.#isUnsaved = true;
    this.#torn.delete(file);
    const entry = this.#entry(file.sessionId);
    entry.summary = undefined;
    this.#order.remove(file.sessionId);
    this.#tell((listener) => listener.onGone?.(file.sessionId));
  }

  /** The session as it is now, for lists and for who listens. */
  #update(entry: SessionEntry): void {
    if (this.#phase !== "running") return;
    const before = entry.summary;
    const summary = this.#summarise(entry);
    entry.summary = summary;
    if (isListed(summary)) this.#order.put(summary);
    else this.#order.remove(entry.sessionId);
    if (summary === undefined) return;
    if (isListed(summary) && !entry.isAnnounced) {
      entry.isAnnounced = true;
      this.#tell((listener) => listener.onCreated?.(summary));
    } else if (before === undefined ? entry.isAnnounced : !isEqual(before, summary)) {
      this.#tell((listener) => listener.onChanged?.(summary));
    }
  }

  #summarise({ sessionId, file, own, note }: SessionEntry): SessionSummary | undefined {
    const record = recordOf(file, own);
    if (record === undefined && file?.hasVanished === true) return undefined;
    return summarise({ sessionId, agent: this.#options.fileAgent, note, record });
  }

  #tell(event: (listener: CatalogListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        event(listener);
      } catch (error) {
        this.#options.log.error("a listener of the sessions failed", { error });
      }
    }
  }

  #countLater(file: FileSession): void {
    if (this.#phase !== "running") return;
    this.#slots
      .count(() => (this.#phase === "running" ? file.count() : Promise.resolve()))
      .catch((error: unknown) => {
        this.#options.log.warn("a session could not be counted", { sessionId: file.sessionId, error });
      });
  }

  #tick(): void {
    for (const file of this.#torn) {
      if (!file.isTorn) this.#torn.delete(file);
      else if (file.isAtRest) file.notice();
    }
    this.#ticks++;
    if (this.#ticks % SAVE_EVERY_TICKS === 0) this.#save();
  }

  #save(): void {
    if (!this.#isUnsaved) return;
    this.#isUnsaved = false;
    const { indexPath, root, scheduler, log } = this.#options;
    const files: SavedFile[] = [];
    for (const { sessionId, file } of this.#files()) if (file !== undefined) files.push({ sessionId, ...file });
    this.#saving = this.#saving
      .then(() => saveIndex(indexPath, root, files, scheduler))
      .catch((error: unknown) => {
        this.#isUnsaved = true;
        log.warn("the index of sessions could not be saved", { path: indexPath, error });
      });
  }
}

function isListed(summary: SessionSummary | undefined): summary is SessionSummary {
  return summary !== undefined && summary.messageCount > 0;
}

/** An own log is only appended to: its numbering holds as long as it is not shorter. */
function numberedOwn(count: number): { count: number; idsHash: string } {
  return { count, idsHash: "" };
}

function emptyTail(createdAt: number): SessionTail {
  return {
    length: 0,
    lastRecordId: null,
    isTurnFinished: true,
    grewAt: createdAt,
    hasRecord: () => Promise.resolve(false),
    answerTo: () => Promise.resolve(undefined),
  };
}

function recordOf(file: FileSession | undefined, own: OwnLog | undefined): RecordSource | undefined {
  if (file?.file !== undefined) {
    const { state, isExact } = file.file;
    return { facts: state.facts, count: state.count, isExact, modifiedAt: state.mtimeMs, folder: file.folder };
  }
  if (own === undefined || own.count === 0) return undefined;
  return { facts: own.facts, count: own.count, isExact: true, modifiedAt: 0 };
}
