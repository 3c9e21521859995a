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
import type { FileSession, FileSessionHost } from "./file-session.ts";
import { fileTail } from "./file-tail.ts";
import { Looks } from "./looks.ts";
import { Numberings } from "./numberings.ts";
import { OwnLog } from "./own-log.ts";
import { ReadSlots } from "./read-slots.ts";
import { loadIndex, saveIndex } from "./saved-index.ts";
import { scratchFolders } from "./scratch-folders.ts";
import type { SessionEntry } from "./session-entry.ts";
import { SessionFiles } from "./session-files.ts";
import { SessionOrder } from "./session-order.ts";
import { isEqual, summarise, type RecordSource } from "./summarise.ts";
import { surveyInSlices } from "./survey/survey-in-slices.ts";
import { SurveyThread, type SurveyThreadOptions } from "./survey/survey-thread.ts";
import type { Surveyor, SurveyOptions } from "./survey/surveyor.ts";
import { TreeWatch } from "./tree-watch.ts";
import { watchDirectory, type WatchDirectory } from "./watch/watch-directory.ts";

const SAVE_EVERY_TICKS = 60;
/** Sessions that are put into their first order between two turns of others. */
const PLACED_AT_ONCE = 500;

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
  /** As `main.ts` starts threads. */
  readonly startThread?: SurveyThreadOptions["startThread"];
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
  readonly #looks = new Looks();
  readonly #files: SessionFiles;
  readonly #entries = new Map<string, SessionEntry>();
  readonly #order = new SessionOrder();
  readonly #listeners = new Set<CatalogListener>();
  #phase: "new" | "starting" | "running" | "stopped" = "new";
  #starting: Promise<void> | undefined;
  #changedWhilePlacing: Set<SessionEntry> | undefined;
  #isUnsaved = false;
  #ticks = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: CatalogOptions) {
    this.#options = options;
    const { root, clock, scheduler, log, store, reader, home, randomBytes, sweepMs } = options;
    this.#surveyed = { root, ignoredFolders: scratchFolders(options.scratchDirectory) };
    this.#surveyor = options.surveyor ?? new SurveyThread(this.#surveyed, { startThread: options.startThread });
    this.#numberings = new Numberings({ store, randomBytes, scheduler, log });
    this.#watch = new TreeWatch({
      root,
      surveyor: this.#surveyor,
      watchDirectory: options.watchDirectory ?? watchDirectory,
      looks: this.#looks,
      sweepMs,
      clock,
      scheduler,
      log,
      onSurvey: (survey, look) => this.#files.takeSurvey(survey, look),
      onFile: (path, sessionId) => this.#files.notice(path, sessionId),
      onTick: () => this.#tick(),
    });
    const host: FileSessionHost = {
      reader,
      slots: this.#slots,
      looks: this.#looks,
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
      emptyLogId: (file) => this.#entries.get(file.sessionId)?.emptyLogId,
    };
    this.#files = new SessionFiles({ root, log, host });
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
    await this.#files.close();
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
    return (await this.#hasLostFile(sessionId)) ? undefined : this.get(sessionId);
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
    const { own } = entry;
    if (own !== undefined) {
      own.logId ??= await this.#numberings.resume(sessionId, numberedOwn(own.count), () => Promise.resolve(true));
      return own.log;
    }
    const file = this.#files.get(sessionId);
    if (file !== undefined) {
      const log = await this.#reading(sessionId, () => file.open());
      // One that was never read has no record yet, as one without a file.
      if (log !== undefined || file.hasVanished) return log;
    }
    const logId = await this.#numberings.resume(sessionId, numberedOwn(0), () => Promise.resolve(true));
    // Its first record may have come while the store was asked.
    if (this.#files.get(sessionId)?.file !== undefined || entry.own !== undefined) return this.open(sessionId);
    entry.emptyLogId = logId;
    return emptyLog(sessionId, logId);
  }

  async refresh(sessionId: string): Promise<void> {
    if (this.#entries.get(sessionId)?.own !== undefined) return;
    try {
      if (this.#files.get(sessionId)?.file === undefined) await this.#lookFor(sessionId);
      await this.#files.get(sessionId)?.readNow();
    } catch (error) {
      // The sweep goes on trying; who waits for the records has a limit of his own ([PROMPT-12]).
      this.#options.log.warn("the file of a session could not be read after its turn", { sessionId, error });
    }
  }

  async tail(sessionId: string): Promise<SessionTail | undefined> {
    const summary = await this.find(sessionId);
    if (summary === undefined) return undefined;
    const { own } = this.#entry(sessionId);
    if (own !== undefined) return own.tail();
    const file = this.#files.get(sessionId);
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
    const look = this.#looks.begin();
    const survey = await surveyInSlices(this.#surveyed, scheduler, (files) => {
      reads.push(...this.#files.begin(files, saved, look));
    });
    this.#watch.start(survey);
    await Promise.all(reads);
    await this.#files.finish();
    this.#isUnsaved ||= saved?.size !== this.#files.size;
    for (const { sessionId } of this.#files) this.#entry(sessionId);
    await this.#placeFirst();
    for (const file of this.#files) if (file.file?.isExact === false) this.#countLater(file);
    this.#watch.sweepSoon();
  }

  /** All sessions into their first order, some at a time; what changes meanwhile is looked at again in the last step. */
  async #placeFirst(): Promise<void> {
    const changed = new Set<SessionEntry>();
    this.#changedWhilePlacing = changed;
    const place = (entry: SessionEntry): void => {
      entry.summary = this.#summarise(entry);
      entry.isAnnounced = isListed(entry.summary);
    };
    const entries = [...this.#entries.values()];
    for (let start = 0; start < entries.length; start += PLACED_AT_ONCE) {
      for (const entry of entries.slice(start, start + PLACED_AT_ONCE)) place(entry);
      await new Promise<void>((resolve) => this.#options.scheduler.soon(resolve));
    }
    for (const entry of changed) place(entry);
    this.#changedWhilePlacing = undefined;
    this.#phase = "running";
    this.#order.fill([...this.#entries.values()].flatMap(({ summary }) => (isListed(summary) ? [summary] : [])));
  }

  #entry(sessionId: string): SessionEntry {
    let entry = this.#entries.get(sessionId);
    if (entry === undefined) {
      entry = { sessionId, isAnnounced: false };
      this.#entries.set(sessionId, entry);
    }
    return entry;
  }

  /** Where its file would be, and then everywhere. */
  async #lookFor(sessionId: string): Promise<void> {
    const { root } = this.#options;
    const directory = this.#entries.get(sessionId)?.note?.workingDirectory;
    if (directory !== undefined) {
      const path = join(root, encodeFolder(directory), `${sessionId}.jsonl`);
      await this.#files.lookAt(path, sessionId);
    }
    if (this.#files.get(sessionId)?.isCurrent !== false) await this.#sweep();
    const file = this.#files.get(sessionId);
    if (file !== undefined) await this.#reading(sessionId, () => file.readNow());
  }

  /** Another server on the same store may know it; a file that it had and has no more ended it ([HIST-13]). */
  async #lookInStore(sessionId: string): Promise<void> {
    const row = await this.#options.store.findSession(sessionId);
    if (row === undefined || this.#files.get(sessionId)?.hasVanished === true) return;
    this.note(row);
  }

  /** Noted, without a file, and numbered once: it had a file when an earlier process ran ([HIST-13]). */
  async #hasLostFile(sessionId: string): Promise<boolean> {
    const { own, note } = this.#entries.get(sessionId) ?? {};
    const isWithout =
      this.#files.get(sessionId) === undefined && own === undefined && note?.agent === this.#options.fileAgent;
    return isWithout && (await this.#numberings.wasNumbered(sessionId));
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
    this.#files.noteEnd(file);
    this.#update(this.#entry(file.sessionId));
  }

  #fileGone(file: FileSession): void {
    this.#isUnsaved = true;
    this.#files.noteEnd(file);
    const entry = this.#entry(file.sessionId);
    this.#changedWhilePlacing?.add(entry);
    entry.summary = undefined;
    this.#order.remove(file.sessionId);
    this.#tell((listener) => listener.onGone?.(file.sessionId));
  }

  /** The session as it is now, for lists and for who listens. */
  #update(entry: SessionEntry): void {
    this.#changedWhilePlacing?.add(entry);
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

  #summarise({ sessionId, own, note }: SessionEntry): SessionSummary | undefined {
    const file = this.#files.get(sessionId);
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
    this.#files.tick();
    this.#ticks++;
    if (this.#ticks % SAVE_EVERY_TICKS === 0) this.#save();
  }

  #save(): void {
    if (!this.#isUnsaved) return;
    this.#isUnsaved = false;
    const { indexPath, root, log } = this.#options;
    const files = this.#files.saved();
    this.#saving = this.#saving
      .then(() => saveIndex(indexPath, root, files))
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
