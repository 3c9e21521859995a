/**
 * Says whether the server of this `PARL_HOME` runs, without trusting a pid file: a lock of SQLite on a file of its own,
 * which the kernel drops when the process dies, however it dies, on Linux and macOS alike. Whoever holds it writes
 * `running.json`, so while the lock is held the pid in there is that of the holder, and nobody else is ever signalled.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { filesystemError, isSystemError } from "../harness/error.ts";

export interface InstanceLock {
  release(): void;
}

/** Others look at the lock for a moment; that must not stop a server from starting. */
const patienceMs = 1_000;

/** Makes this process the server of `home` (made, 0700), or answers undefined when another one is. Errors: `filesystem`. */
export function acquireInstanceLock(home: string): InstanceLock | undefined {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw filesystemError(cause, { target: home, operation: "mkdir" });
  }
  const path = lockPath(home);
  const lock = open(path, patienceMs);
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (isBusy(cause)) return undefined;
    throw filesystemError(cause, { target: path, operation: "open" });
  }
  return {
    release: () => {
      if (lock.isOpen) lock.close();
    },
  };
}

/** Whether a process holds the lock at this moment. Creates nothing. Errors: `filesystem`. */
export function isInstanceLocked(home: string): boolean {
  const path = lockPath(home);
  let lock: DatabaseSync;
  try {
    lock = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  } catch {
    return false; // there is no lock file, so nobody holds it
  }
  try {
    lock.prepare("SELECT count(*) FROM sqlite_master").get();
    return false;
  } catch (cause) {
    if (isBusy(cause)) return true;
    throw filesystemError(cause, { target: path, operation: "open" });
  } finally {
    lock.close();
  }
}

function lockPath(home: string): string {
  return join(home, "server.lock");
}

function open(path: string, timeout: number): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout });
  } catch (cause) {
    throw isSystemError(cause) ? cause : filesystemError(cause, { target: path, operation: "open" });
  }
}

/** SQLITE_BUSY and its extended codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === 5;
}
