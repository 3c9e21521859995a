import { readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreLockedError } from "../store-errors.ts";
import { StoreUnavailableError } from "../store.ts";
import { refusal } from "./sqlite-errors.ts";

/** Keeps the connections of held locks: one that is collected as garbage closes and gives its lock away. */
const held = new Set<DatabaseSync>();

export interface DatabaseLock {
  release(): void;
}

/**
 * Makes this process the only broker of a database file until `release` ([DB-4]). The lock is the one SQLite itself puts
 * on a side file `<path>.lock`: the kernel drops it when the process dies, however it dies, on Linux and macOS alike.
 * Another process writes nothing there; its id stands in `<path>.lock-holder`, for the message only. (It cannot stand in
 * the locked file: opening and closing that file in this process would give the lock away.)
 * @throws StoreLockedError naming the holder.
 */
export function acquireDatabaseLock(path: string): DatabaseLock {
  const lockPath = `${realPath(path)}.lock`;
  const holderPath = `${lockPath}-holder`;
  const lock = openLock(lockPath);
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw unusable(lockPath, error);
    throw new StoreLockedError(
      `Another broker${readHolder(holderPath)} uses the database ${path}. Stop it first, or give this one a database of its own (PARL_DATABASE_URL).`,
      { cause: error },
    );
  }
  held.add(lock);
  writeFileSync(holderPath, `${process.pid}\n`, { mode: 0o600 });
  return {
    release() {
      if (!held.delete(lock)) return;
      rmSync(holderPath, { force: true });
      lock.close();
    },
  };
}

function openLock(lockPath: string): DatabaseSync {
  try {
    return new DatabaseSync(lockPath, { timeout: 0 });
  } catch (error) {
    throw unusable(lockPath, error);
  }
}

function unusable(lockPath: string, cause: unknown): StoreUnavailableError {
  const reason = refusal(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new StoreUnavailableError(`Cannot lock ${lockPath}: ${reason}. The folder must exist and be writable.`, {
    cause,
  });
}

/** SQLITE_BUSY and its extended codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === 5;
}

/** The path without symbolic links, so that two names of one file are one lock. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet: the folder decides. A missing folder is reported when the lock file is opened.
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}

function readHolder(holderPath: string): string {
  try {
    const pid = readFileSync(holderPath, "utf8").trim();
    return /^[0-9]+$/.test(pid) ? ` (process ${pid})` : "";
  } catch {
    return "";
  }
}
