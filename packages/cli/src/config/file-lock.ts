/**
 * One writer of a file at a time, among the processes of this machine: a lock file beside it that names its holder.
 * A holder that died does not keep it: its lock is renamed away, which one contender wins. Held for milliseconds, so
 * waiting is a short poll.
 *
 * States: waiting -> held -> released.
 */
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { kill, pid as ownPid } from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { CommandError, filesystemError, isSystemError } from "../harness/error.ts";

const waitMs = 5_000;
const pollMs = 20;
/** Tokens of this process: a lock with our pid and none of them is that of a dead process with the same number. */
const ownTokens = new Set<string>();
let lastToken = 0;

/** Runs `work` while holding the lock file `path`. Errors: `filesystem`, also when it is not free within 5 s. */
export async function withFileLock<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const token = `${ownPid}-${++lastToken}`;
  ownTokens.add(token);
  try {
    const isHeld = await acquire(path, token, { attempts: Math.ceil(waitMs / pollMs), delayMs: pollMs });
    if (!isHeld) throw heldTooLong(path);
    return await work();
  } finally {
    ownTokens.delete(token);
    // Only our own: after a suspended night somebody may have taken us for dead.
    if ((await readHolder(path))?.token === token) await rm(path, { force: true });
  }
}

/** Held for as long as a command runs; pairs with `release`. */
export interface FileLock {
  release(): Promise<void>;
}

/** The same lock without waiting: undefined when a living process holds it. Errors: `filesystem`. */
export async function tryFileLock(path: string): Promise<FileLock | undefined> {
  const token = `${ownPid}-${++lastToken}`;
  ownTokens.add(token);
  try {
    if (await acquire(path, token, { attempts: 2, delayMs: 0 })) {
      return {
        async release() {
          ownTokens.delete(token);
          if ((await readHolder(path))?.token === token) await rm(path, { force: true });
        },
      };
    }
  } catch (cause) {
    ownTokens.delete(token);
    throw cause;
  }
  ownTokens.delete(token);
  return undefined;
}

/** False when it is not free after so many attempts; a dead holder's is free with the next one. */
async function acquire(
  path: string,
  token: string,
  { attempts, delayMs }: { readonly attempts: number; readonly delayMs: number },
): Promise<boolean> {
  const own = `${path}.${token}`;
  try {
    await writeFile(own, JSON.stringify({ pid: ownPid, token }), { mode: 0o600 });
  } catch (cause) {
    throw filesystemError(cause, { target: path, operation: "open" });
  }
  try {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      // A link appears with its content, so nobody ever reads half a holder.
      if (await linkIfAbsent(own, path)) return true;
      if (!(await breakIfDead(path)) && attempt < attempts && delayMs > 0) await wait(delayMs);
    }
  } finally {
    await rm(own, { force: true });
  }
  return false;
}

function heldTooLong(path: string): CommandError {
  return new CommandError({
    kind: "filesystem",
    operation: "open",
    target: path,
    retryable: true,
    message: `another process holds ${path} for longer than ${waitMs} ms`,
    hint: "wait until the other `parl` has finished, then run the command again; if there is none, remove that file",
  });
}

async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "EEXIST") return false;
    throw filesystemError(cause, { target: to, operation: "open" });
  }
}

/** True when the way is free now. */
async function breakIfDead(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder === undefined || isAlive(holder)) return holder === undefined;
  const away = `${path}.dead-${holder.token}`;
  try {
    await rename(path, away);
  } catch {
    return true;
  }
  // Between reading and renaming somebody else may have broken it and taken it: give it back.
  const moved = await readHolder(away);
  if (moved !== undefined && moved.token !== holder.token) await linkIfAbsent(away, path);
  await rm(away, { force: true });
  return true;
}

async function readHolder(path: string): Promise<{ pid: number; token: string } | undefined> {
  try {
    const { pid, token } = JSON.parse(await readFile(path, "utf8")) as { pid?: unknown; token?: unknown };
    return { pid: typeof pid === "number" ? pid : 0, token: typeof token === "string" ? token : "" };
  } catch (cause) {
    // A file that names nobody has no living holder.
    return isSystemError(cause) ? undefined : { pid: 0, token: "" };
  }
}

function isAlive({ pid, token }: { pid: number; token: string }): boolean {
  if (pid <= 0) return false;
  if (pid === ownPid) return ownTokens.has(token);
  try {
    return kill(pid, 0);
  } catch (cause) {
    return isSystemError(cause) && cause.code === "EPERM";
  }
}
