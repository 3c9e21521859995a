/**
 * Everything that notices changes below the root ([WATCH-2]): a watch a directory, a survey of all every few seconds, and
 * in between a look whether the root itself changed, so that a new folder is found within a second whatever a watch
 * missed. It says which files to look at; it never says that a file is gone, and it reads none.
 */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { Looks } from "./looks.ts";
import { sessionOfFile } from "./survey/session-file-name.ts";
import type { Survey, Surveyor } from "./survey/surveyor.ts";
import { FolderWatches } from "./watch/folder-watches.ts";
import type { WatchDirectory } from "./watch/watch-directory.ts";

const LOOK_MS = 1_000;
const MAX_WATCHES = 8_192;
const WATCH_RETRY_MS = 60_000;

export interface TreeWatchOptions {
  readonly root: string;
  readonly surveyor: Surveyor;
  readonly watchDirectory: WatchDirectory;
  readonly looks: Looks;
  readonly sweepMs: number;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** All that is there. */
  onSurvey(survey: Survey, look: number): void;
  /** A session's file may have changed, come or gone. */
  onFile(path: string, sessionId: string): void;
  /** Every second. */
  onTick(): void;
}

export class TreeWatch {
  readonly #options: TreeWatchOptions;
  readonly #watches: FolderWatches;
  #rootStamp = "";
  #sinceSweepMs = 0;
  #cancelTick: (() => void) | undefined;
  #tick: Promise<void> = Promise.resolve();
  #isSweeping = false;
  /** Something happened since the sweep under way began. */
  #isSweepDue = false;
  #isClosed = false;

  constructor(options: TreeWatchOptions) {
    this.#options = options;
    this.#watches = new FolderWatches({
      watchDirectory: options.watchDirectory,
      clock: options.clock,
      log: options.log,
      maxWatches: MAX_WATCHES,
      retryMs: WATCH_RETRY_MS,
      onEvent: (directory, name) => this.#onEvent(directory, name),
    });
  }

  get watchCount(): number {
    return this.#watches.size;
  }

  /** Watches what the first survey saw. What changed since that survey began is for the next sweep to find. */
  start(survey: Survey): void {
    this.#follow(survey);
    this.#tickLater();
  }

  /** Looks at everything, waiting for nothing. One sweep runs; those asked for meanwhile are one more that follows. */
  sweepSoon(): void {
    if (this.#isClosed) return;
    if (this.#isSweeping) {
      this.#isSweepDue = true;
      return;
    }
    this.#isSweeping = true;
    this.sweep()
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#options.log.error("session files could not be looked for", { error });
      })
      .finally(() => {
        this.#isSweeping = false;
        if (!this.#isSweepDue) return;
        this.#isSweepDue = false;
        this.sweepSoon();
      });
  }

  /** Ends when a survey that began after this call was taken in. */
  async sweep(): Promise<void> {
    this.#sinceSweepMs = 0;
    const look = this.#options.looks.begin();
    const survey = await this.#options.surveyor.survey();
    if (this.#isClosed) return;
    const hasNew = this.#follow(survey);
    this.#options.onSurvey(survey, look);
    if (hasNew) this.sweepSoon();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick?.();
    this.#watches.close();
    await this.#tick;
  }

  #follow({ root, folders }: Survey): boolean {
    this.#rootStamp = stampOf(root);
    return this.#watches.follow(root === undefined ? [] : [root, ...folders]);
  }

  #onEvent(directory: string, name: string | undefined): void {
    if (this.#isClosed) return;
    if (directory === this.#options.root || name === undefined) return this.sweepSoon();
    const sessionId = sessionOfFile(name);
    if (sessionId !== undefined) this.#options.onFile(join(directory, name), sessionId);
    // The folder itself: it is gone, or another has its name.
    else if (name === basename(directory)) this.sweepSoon();
  }

  #tickLater(): void {
    if (this.#isClosed) return;
    this.#cancelTick = this.#options.scheduler.after(LOOK_MS, () => {
      this.#tick = this.#look().finally(() => this.#tickLater());
    });
  }

  async #look(): Promise<void> {
    this.#sinceSweepMs += LOOK_MS;
    if (this.#sinceSweepMs >= this.#options.sweepMs || (await this.#hasRootChanged())) this.sweepSoon();
    if (!this.#isClosed) this.#options.onTick();
  }

  async #hasRootChanged(): Promise<boolean> {
    try {
      const { mtimeMs, ino } = await stat(this.#options.root);
      return stampOf({ mtimeMs, inode: ino }) !== this.#rootStamp;
    } catch {
      return this.#rootStamp !== "";
    }
  }
}

function stampOf(root: { readonly mtimeMs: number; readonly inode: number } | undefined): string {
  return root === undefined ? "" : `${root.inode} ${root.mtimeMs}`;
}
