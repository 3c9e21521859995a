import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import type { CatalogListener, SessionLog } from "../../../src/sessions/catalog.ts";
import { IndexedCatalog, type CatalogOptions } from "../../../src/sessions/index/indexed-catalog.ts";
import { surveyTree } from "../../../src/sessions/index/survey/survey-tree.ts";
import type { Surveyor } from "../../../src/sessions/index/survey/surveyor.ts";
import { watchDirectory, type WatchDirectory } from "../../../src/sessions/index/watch/watch-directory.ts";
import type { LogReader } from "../../../src/sessions/log/log-reader.ts";
import { ThreadLogReader } from "../../../src/sessions/log/thread-log-reader.ts";
import type { LogMessage, SessionSummary } from "../../../src/sessions/session.ts";
import { SteppedTime } from "../../support/stepped-time.ts";
import { MemoryCatalogStore } from "./catalog-store.ts";

export const SESSION = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
export const OTHER = "2a4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e88";
export const FOLDER = "-home-anna-shop";

export type CatalogEvent =
  | { readonly kind: "created" | "changed"; readonly summary: SessionSummary }
  | { readonly kind: "appended"; readonly log: SessionLog; readonly messages: readonly LogMessage[] }
  | { readonly kind: "reset"; readonly log: SessionLog }
  | { readonly kind: "gone"; readonly sessionId: string };

/** Watches that see nothing: the sweep carries alone. */
export const blindWatch: WatchDirectory = () => ({ close: () => undefined });

const threads = new SteppedTime();
/** Its threads serve all tests of a file: starting them takes longer than most tests do. */
const reader = new ThreadLogReader({ scheduler: threads });
afterAll(() => reader.close());

/** A root of session files on a real disk, a store, time that stands still, and one catalog after another over them. */
export class CatalogWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "parl-catalog-"));
  readonly root = join(this.folder, "claude/projects");
  readonly home = join(this.folder, "home");
  readonly indexPath = join(this.folder, "sessions.json");
  readonly scratchDirectory = join(this.folder, "scratch");
  /** Files are made in real time, so this time begins with it. */
  readonly time = new SteppedTime(Date.now());
  readonly store = new MemoryCatalogStore();
  readonly events: CatalogEvent[] = [];
  readonly warnings: string[] = [];
  surveys = 0;
  readonly #options: Partial<CatalogOptions>;
  #catalog: IndexedCatalog | undefined;

  constructor(options: Partial<CatalogOptions> = {}) {
    this.#options = options;
    mkdirSync(this.root, { recursive: true });
    mkdirSync(this.home);
    onTestFinished(() => this.close());
  }

  static async start(options: Partial<CatalogOptions> = {}): Promise<CatalogWorld> {
    const world = new CatalogWorld(options);
    await world.start();
    return world;
  }

  get catalog(): IndexedCatalog {
    if (this.#catalog === undefined) throw new Error("no catalog runs");
    return this.#catalog;
  }

  /** A catalog over what is there, as after a start of the server. */
  async start(options: Partial<CatalogOptions> = {}): Promise<IndexedCatalog> {
    const { root, home, indexPath, scratchDirectory, store, time } = this;
    const warn = (msg: string, fields?: Record<string, unknown>): void =>
      void this.warnings.push(fields?.["error"] instanceof Error ? `${msg}: ${fields["error"].message}` : msg);
    const catalog = new IndexedCatalog({
      root,
      fileAgent: "claude",
      home,
      scratchDirectory,
      indexPath,
      sweepMs: 2_000,
      reader: testReader(),
      store,
      clock: time,
      scheduler: time,
      randomBytes,
      log: { debug: () => undefined, info: () => undefined, warn, error: warn },
      watchDirectory,
      surveyor: this.surveyor(),
      ...this.#options,
      ...options,
    });
    this.#catalog = catalog;
    catalog.listen(this.#listener());
    await catalog.start();
    return catalog;
  }

  async stop(): Promise<void> {
    await this.#catalog?.stop();
    this.#catalog = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  loseIndex(): void {
    rmSync(this.indexPath, { force: true });
  }

  /** Ends everything and begins again, with the index and the store that are there. */
  async restart(options: Partial<CatalogOptions> = {}): Promise<IndexedCatalog> {
    await this.stop();
    return this.start(options);
  }

  /** In this thread, which is the same survey; the thread has tests of its own. */
  surveyor(): Surveyor {
    return {
      survey: async () => {
        this.surveys++;
        // A survey asked for while another is waited for sees what happened until now.
        await Promise.resolve();
        return surveyTree({ root: this.root, ignoredFolders: [] });
      },
      close: () => Promise.resolve(),
    };
  }

  path(sessionId: string, folder = FOLDER): string {
    return join(this.root, folder, `${sessionId}.jsonl`);
  }

  write(sessionId: string, text: string, folder = FOLDER): string {
    const path = this.path(sessionId, folder);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  append(sessionId: string, text: string, folder = FOLDER): void {
    appendFileSync(this.path(sessionId, folder), text);
  }

  truncate(sessionId: string, size: number): void {
    truncateSync(this.path(sessionId), size);
  }

  remove(sessionId: string, folder = FOLDER): void {
    rmSync(this.path(sessionId, folder));
  }

  /** Sets the file's modification time to so many milliseconds before the held time. */
  age(sessionId: string, ms: number, folder = FOLDER): void {
    const at = new Date(this.time.now() - ms);
    utimesSync(this.path(sessionId, folder), at, at);
  }

  mtimeMs(sessionId: string, folder = FOLDER): number {
    const path = this.path(sessionId, folder);
    return existsSync(path) ? statSync(path).mtimeMs : Number.NaN;
  }

  /**
   * Goes on until `holds`: turns of the event loop, while held time moves by at most `withinMs`. It ends by the limit of
   * the test when what is waited for never comes.
   */
  async until(holds: () => boolean, withinMs = 120_000): Promise<void> {
    for (let moved = 0; !holds();) {
      if (moved < withinMs) {
        await this.time.advance(10);
        moved += 10;
      } else {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
  }

  /** Kinds of events, of one session where it is given, in order. */
  kinds(sessionId?: string): string[] {
    return this.events
      .filter((event) => sessionId === undefined || idOfEvent(event) === sessionId)
      .map(({ kind }) => kind);
  }

  /** Texts of the messages that were told of a session, since its last reset. */
  told(sessionId: string): string[] {
    return this.events.flatMap((event) =>
      event.kind === "appended" && event.log.sessionId === sessionId ? event.messages.map(({ text }) => text) : [],
    );
  }

  summary(sessionId: string): SessionSummary {
    const summary = this.catalog.get(sessionId);
    if (summary === undefined) throw new Error(`there is no session ${sessionId}`);
    return summary;
  }

  async log(sessionId: string): Promise<SessionLog> {
    const log = await this.catalog.open(sessionId);
    if (log === undefined) throw new Error(`there is no session ${sessionId}`);
    return log;
  }

  #listener(): CatalogListener {
    const { events } = this;
    return {
      onCreated: (summary) => void events.push({ kind: "created", summary }),
      onChanged: (summary) => void events.push({ kind: "changed", summary }),
      onAppended: (log, messages) => void events.push({ kind: "appended", log, messages }),
      onReset: (log) => void events.push({ kind: "reset", log }),
      onGone: (sessionId) => void events.push({ kind: "gone", sessionId }),
    };
  }
}

/** The reader of this file's tests, which a catalog cannot close. */
export function testReader(): LogReader {
  return {
    scan: (request) => reader.scan(request),
    openPages: (file, state) => reader.openPages(file, state),
    glance: (file) => reader.glance(file),
    count: (files) => reader.count(files),
    close: () => Promise.resolve(),
  };
}

export async function textsOf(log: SessionLog): Promise<string[]> {
  return (await log.read(1, log.endSeq)).map(({ text }) => text);
}

function idOfEvent(event: CatalogEvent): string {
  if ("summary" in event) return event.summary.sessionId;
  return "log" in event ? event.log.sessionId : event.sessionId;
}
