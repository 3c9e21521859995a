/**
 * What commands were run and what they printed ([CMDHIST-1] to [CMDHIST-9]): a folder with a log for each and one index.
 * It knows files; it knows nothing of processes, and of a running command only what it is told.
 */
import { copyFile, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { RemoteError, REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { CommandEntry, CommandOutputPage } from "../command-desk.ts";
import { CommandIndex } from "./command-index.ts";
import { CommandLog, type LogExtent } from "./command-log.ts";
import { commandSessionPattern, type CommandEnd, type CommandRecord } from "./command-record.ts";
import { compareNewestFirst, HISTORY_LIMIT, pageOf } from "./history-page.ts";
import { OutputPages } from "./output-pages.ts";
import { readOutputText } from "./output-text.ts";
import { previewOfLog } from "./preview-of-log.ts";

export interface HistoryOptions {
  /** `PARL_HOME/command-history`. */
  readonly folder: string;
  readonly retentionDays: number;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** Default 100 MB ([CMDHIST-3]); 10 MB ([CMDHIST-8]). */
  readonly maxLogBytes?: number | undefined;
  readonly maxServedBytes?: number | undefined;
}

/** What a running command tells of itself. */
export interface LiveOutput {
  readonly preview: string;
  readonly extent: LogExtent;
  readonly recordedSeq: number;
}

const DAY_MS = 86_400_000;
/** The index is written as a whole each time: more entries would cost every command more than they are worth. */
const MAX_ENTRIES = 10_000;

/** How a command ends whose server died before it did ([CMD-14]). */
export const INTERRUPTED_EXIT_CODE = 137;

export class CommandHistory {
  readonly #options: HistoryOptions;
  readonly #index: CommandIndex;
  readonly #pages: OutputPages;
  readonly #live = new Map<string, () => LiveOutput>();
  #cancelTidying: (() => void) | undefined;
  #isClosed = false;

  private constructor(options: HistoryOptions, index: CommandIndex) {
    this.#options = options;
    this.#index = index;
    this.#pages = new OutputPages(options.scheduler);
  }

  /** Reads the index, or makes it anew from the logs that are there. Entries of commands that did not end are still open. */
  static async open(options: HistoryOptions): Promise<CommandHistory> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const path = join(options.folder, "index.json");
    const { index, isBroken } = await CommandIndex.load(path);
    const history = new CommandHistory(options, index);
    if (isBroken) await history.#rebuild(path);
    return history;
  }

  /** Entries that nobody has closed and no running command stands behind. */
  open(): CommandRecord[] {
    return [...this.#index.records()].filter(
      ({ end, commandSessionId }) => end === undefined && !this.#live.has(commandSessionId),
    );
  }

  /** Closes what an earlier server left open, tidies, and plans the daily tidying ([CMDHIST-4]). */
  async start(): Promise<void> {
    for (const record of this.open()) this.#closeLeft(record, await this.#lastSignOf(record.commandSessionId));
    await this.tidy();
    this.#planTidying();
  }

  async stop(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTidying?.();
    this.#pages.clear();
    await this.#index.save();
  }

  /** The log and the entry of a command that is about to be started; durable when it resolves ([CMDHIST-2]). */
  async begin(record: CommandRecord): Promise<CommandLog> {
    const path = this.#logPath(record.commandSessionId);
    const log = await CommandLog.create(path, this.#options.maxLogBytes ?? REMOTE_LIMITS.commandLogBytes);
    try {
      this.#index.set(record);
      await this.#index.save();
      return log;
    } catch (cause) {
      this.#index.delete(record.commandSessionId);
      await log.close();
      await rm(path, { force: true });
      throw cause;
    }
  }

  /** It runs: until it is closed, what it has printed is asked of it. */
  attach(commandSessionId: string, live: () => LiveOutput): void {
    this.#live.set(commandSessionId, live);
  }

  /** By which a later server finds what is left of it ([CMD-14]). */
  async noteProcess(commandSessionId: string, process: { pid: number; startedAt: string }): Promise<void> {
    const record = this.#index.get(commandSessionId);
    if (record === undefined || record.end !== undefined) return;
    this.#index.set({ ...record, process });
    await this.#index.save();
  }

  /** Durable when it resolves. */
  async close(commandSessionId: string, end: CommandEnd): Promise<void> {
    this.#live.delete(commandSessionId);
    const record = this.#index.get(commandSessionId);
    if (record === undefined) return;
    this.#index.set({ ...record, end });
    await this.#index.save();
  }

  list(request: { workingDirectory?: string | undefined; limit: number; cursor?: string | undefined }): {
    entries: readonly CommandEntry[];
    nextCursor: string | null;
  } {
    const { workingDirectory, cursor } = request;
    const isLimit = Number.isInteger(request.limit) && request.limit >= 1 && request.limit <= HISTORY_LIMIT.most;
    const records = [...this.#index.records()].filter(
      (record) => workingDirectory === undefined || record.workingDirectory === workingDirectory,
    );
    const page = pageOf(records, isLimit ? request.limit : HISTORY_LIMIT.usual, cursor);
    return { entries: page.records.map((record) => this.#entryOf(record)), nextCursor: page.nextCursor };
  }

  async readOutput(commandSessionId: string, offset: number, maxBytes: number): Promise<CommandOutputPage | undefined> {
    if (this.#index.get(commandSessionId) === undefined) return undefined;
    let page;
    try {
      page = await this.#pages.page(commandSessionId, offset, maxBytes, () => this.#read(commandSessionId));
    } catch (cause) {
      // Its log went with the tidying, or by hand.
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new RemoteError("io_error", "Failed to read the command's output", { cause });
    }
    const record = this.#index.get(commandSessionId);
    if (record === undefined) return undefined;
    const { output, offset: from, nextOffset, totalBytes, held } = page;
    const isRunning = record.end === undefined;
    return {
      ...this.#entryOf(record),
      ...(isRunning ? { exitCode: -1, durationMs: this.#options.clock.now() - record.startedAt } : {}),
      output,
      offset: from,
      nextOffset,
      totalBytes,
      isTruncated: held.isCut,
      isRunning,
      lastSeq: held.lastSeq,
      stderrLines: held.isCut ? undefined : held.stderr,
    };
  }

  /** What is too old leaves; so does what has lost its other half ([CMDHIST-4]). */
  async tidy(): Promise<void> {
    const { clock, retentionDays, folder } = this.#options;
    const oldest = clock.now() - retentionDays * DAY_MS;
    const logs = new Set((await readdir(folder)).flatMap(logIdOf));
    const ended = [...this.#index.records()].filter(({ end }) => end !== undefined).sort(compareNewestFirst);
    for (const [place, { commandSessionId, startedAt, end }] of ended.entries()) {
      const isExpired = startedAt + (end?.durationMs ?? 0) < oldest || place >= MAX_ENTRIES;
      if (isExpired || !logs.has(commandSessionId)) this.#index.delete(commandSessionId);
    }
    // The entries first: a log without an entry is cleaned the next time, an entry without a log would promise something.
    await this.#index.save();
    for (const id of logs) {
      if (this.#index.get(id) === undefined) await rm(this.#logPath(id), { force: true });
    }
  }

  async #read(commandSessionId: string) {
    const maxBytes = this.#options.maxServedBytes ?? REMOTE_LIMITS.commandOutputServedBytes;
    const live = this.#live.get(commandSessionId)?.();
    const isLogCut = live?.extent.isCut ?? this.#index.get(commandSessionId)?.end?.isLogCut ?? false;
    const text = await readOutputText(this.#logPath(commandSessionId), maxBytes, live?.extent.fileBytes);
    return { ...text, isCut: text.isCut || isLogCut, lastSeq: live?.recordedSeq ?? text.lines };
  }

  #entryOf(record: CommandRecord): CommandEntry {
    const { commandSessionId, commandId, shellCommand, workingDirectory, startedAt, end } = record;
    return {
      commandSessionId,
      commandId,
      shellCommand,
      workingDirectory,
      startedAt,
      exitCode: end?.exitCode,
      durationMs: end?.durationMs,
      outputPreview: end?.outputPreview ?? this.#live.get(commandSessionId)?.().preview ?? "",
      ...(end?.isInterrupted === true ? { isInterrupted: true } : {}),
    };
  }

  #planTidying(): void {
    if (this.#isClosed) return;
    this.#cancelTidying = this.#options.scheduler.after(DAY_MS, () => {
      void this.tidy().then(
        () => this.#planTidying(),
        (cause: unknown) => {
          this.#options.log.warn("the history of commands could not be tidied", { reason: String(cause) });
          this.#planTidying();
        },
      );
    });
  }

  /** Its end is unknown; the last that was heard of it is its log. */
  #closeLeft(record: CommandRecord, { lastWrittenAt, preview }: { lastWrittenAt: number; preview: string }): void {
    const durationMs = Math.max(0, Math.round(lastWrittenAt - record.startedAt));
    const exitCode = INTERRUPTED_EXIT_CODE;
    this.#index.set({
      ...record,
      end: { exitCode, durationMs, outputPreview: preview, isLogCut: false, isInterrupted: true },
    });
  }

  async #lastSignOf(commandSessionId: string): Promise<{ lastWrittenAt: number; preview: string }> {
    const path = this.#logPath(commandSessionId);
    try {
      return { lastWrittenAt: (await stat(path)).mtimeMs, preview: await previewOfLog(path) };
    } catch {
      // Without a log the entry leaves with the tidying.
      return { lastWrittenAt: 0, preview: "" };
    }
  }

  /** What could be read of the index stays; a log without an entry gets one that says what the log says. */
  async #rebuild(path: string): Promise<void> {
    const { folder, log } = this.#options;
    const logs = (await readdir(folder)).flatMap(logIdOf);
    const lost = logs.filter((id) => this.#index.get(id) === undefined);
    for (const commandSessionId of lost) {
      const { birthtimeMs, mtimeMs } = await stat(this.#logPath(commandSessionId));
      // Not every file system knows when a file was made.
      const startedAt = Math.round(birthtimeMs > 0 ? Math.min(birthtimeMs, mtimeMs) : mtimeMs);
      const unknown = { commandId: "", shellCommand: "", workingDirectory: "", clientSessionId: "" };
      const record = { commandSessionId, ...unknown, startedAt };
      this.#closeLeft(record, await this.#lastSignOf(commandSessionId));
    }
    // For whoever wants to look; the file itself stays until the new one takes its place.
    const isDamaged = await copyFile(path, `${path}.broken`).then(
      () => true,
      () => false,
    );
    if (isDamaged || lost.length > 0) {
      log.warn("the index of commands was damaged and was made anew", { logs: logs.length, unknown: lost.length });
    }
    await this.#index.save();
  }

  #logPath(commandSessionId: string): string {
    return join(this.#options.folder, `${commandSessionId}.log`);
  }
}

function logIdOf(fileName: string): string[] {
  const id = fileName.endsWith(".log") ? fileName.slice(0, -".log".length) : "";
  return commandSessionPattern.test(id) ? [id] : [];
}
