/**
 * The watches of the root and of its project folders: one a directory, never one a file ([WATCH-2]). It follows the
 * surveys: what they saw is watched, what they no longer saw is not. Where no watch can be had the sweep carries alone,
 * and the watch is tried again later. It knows no sessions and reads nothing but the inode of what it watches.
 */
import { statSync } from "node:fs";
import type { Clock, Log } from "../../../ports.ts";
import type { SeenFolder } from "../survey/surveyor.ts";
import type { DirectoryWatch, WatchDirectory } from "./watch-directory.ts";

export interface FolderWatchesOptions {
  readonly watchDirectory: WatchDirectory;
  readonly clock: Clock;
  readonly log: Log;
  /** Folders beyond so many are left to the sweep. */
  readonly maxWatches: number;
  readonly retryMs: number;
  /** An entry of a watched directory changed; undefined: it is not known which. */
  onEvent(directory: string, name: string | undefined): void;
}

interface Watched {
  readonly watch: DirectoryWatch;
  readonly inode: number;
}

export class FolderWatches {
  readonly #options: FolderWatchesOptions;
  readonly #watched = new Map<string, Watched>();
  /** When the system last refused a watch. */
  #refusedAt: number | undefined;

  constructor(options: FolderWatchesOptions) {
    this.#options = options;
  }

  /** How many directories are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** Watches exactly these; returns whether one is newly watched, whose entries may have changed before it was. */
  follow(folders: readonly SeenFolder[]): boolean {
    const paths = new Set(folders.map(({ path }) => path));
    for (const path of this.#watched.keys()) if (!paths.has(path)) this.#drop(path);
    let hasNew = false;
    for (const { path, inode } of folders) {
      const watched = this.#watched.get(path);
      if (watched?.inode === inode) continue;
      // The directory was replaced by another of its name: the watch is still on the old one.
      if (watched !== undefined) this.#drop(path);
      if (this.#add(path)) hasNew = true;
    }
    return hasNew;
  }

  close(): void {
    for (const path of this.#watched.keys()) this.#drop(path);
  }

  #add(path: string): boolean {
    const { watchDirectory, clock, maxWatches, retryMs } = this.#options;
    if (this.#watched.size >= maxWatches) return false;
    if (this.#refusedAt !== undefined && clock.now() - this.#refusedAt < retryMs) return false;
    let watch: DirectoryWatch | undefined;
    try {
      watch = watchDirectory(
        path,
        (name) => {
          if (watch !== undefined && this.#watched.get(path)?.watch === watch) this.#options.onEvent(path, name);
        },
        (error) => {
          if (watch !== undefined) this.#die(path, watch, error);
        },
      );
      // Which directory it is now: it may be another than the one that was surveyed.
      this.#watched.set(path, { watch, inode: statSync(path).ino });
      this.#refusedAt = undefined;
      return true;
    } catch (thrown) {
      watch?.close();
      this.#refuse(path, thrown);
      return false;
    }
  }

  #die(path: string, watch: DirectoryWatch, error: Error): void {
    if (this.#watched.get(path)?.watch !== watch) return;
    this.#drop(path);
    this.#refuse(path, error);
  }

  #refuse(path: string, reason: unknown): void {
    const { code } = reason as NodeJS.ErrnoException;
    // It went away between the survey and the watch: the next survey says so.
    if (code === "ENOENT") return;
    if (this.#refusedAt === undefined) {
      this.#options.log.warn("a folder of sessions cannot be watched; it is looked at by the sweep", { path, code });
    }
    this.#refusedAt = this.#options.clock.now();
  }

  #drop(path: string): void {
    const watched = this.#watched.get(path);
    this.#watched.delete(path);
    watched?.watch.close();
  }
}
