/** What goes wrong with sessions, as callers read it [ERR-3]. */
import { CommandError } from "../harness/error.ts";
import { quoteValue, showToken } from "../output/escape.ts";
import type { LockHolder } from "./lock-file.ts";

/** Which session of which directory (as given) an error is about. */
export interface SessionPlace {
  readonly id: string;
  readonly directory: string;
  /** Of the file, as shown. */
  readonly path: string;
}

export function sessionNotFound({ id, directory }: SessionPlace, cause?: unknown): CommandError {
  return new CommandError({
    kind: "session_not_found",
    target: id,
    message: `session ${quoteValue(id)} not found in ${showToken(directory)}`,
    hint: `run \`parl list-sessions --directory ${shellWord(directory)}\``,
    cause,
  });
}

export function sessionPathUnsafe({ id, path }: SessionPlace): CommandError {
  return new CommandError({
    kind: "session_path_unsafe",
    target: id,
    message: `${showToken(path)} is a link or a special file; a session is a regular file of its directory`,
    hint: `look at ${path}, remove it if it is not wanted, then run the command again`,
  });
}

export function sessionLoadFailed(
  { id, directory, path }: SessionPlace,
  failure: { readonly reason: string; readonly retryable: boolean; readonly errno?: string; readonly cause?: unknown },
): CommandError {
  const { reason, retryable, errno, cause } = failure;
  return new CommandError({
    kind: "session_load_failed",
    target: id,
    message: `session ${quoteValue(id)} in ${showToken(directory)} cannot be used: ${reason}`,
    hint: `restore ${path} from a copy, or run \`parl delete-session ${id} --directory ${shellWord(directory)}\``,
    retryable,
    errno,
    cause,
  });
}

export function sessionDeleteFailed(
  { id, directory }: SessionPlace,
  failure: { readonly reason: string; readonly errno?: string | undefined; readonly cause?: unknown },
): CommandError {
  const { reason, errno, cause } = failure;
  return new CommandError({
    kind: "session_delete_failed",
    target: id,
    message: `session ${quoteValue(id)} exists in ${showToken(directory)} but could not be deleted: ${reason}`,
    hint: `check the permissions of ${directory} and what is in it`,
    errno,
    cause,
  });
}

export function sessionLocked(
  { id }: SessionPlace,
  lock: { readonly path: string; readonly holder: LockHolder; readonly now: Date; readonly isLost?: boolean },
): CommandError {
  const { path, now, isLost = false } = lock;
  const { pid, host, createdAtMs } = lock.holder;
  const who = pid === null ? "another writer" : `process ${pid}${host === null ? "" : ` on ${host}`}`;
  return new CommandError({
    kind: "session_locked",
    target: id,
    message: isLost
      ? `session ${quoteValue(id)} was not saved: ${who} took its lock over meanwhile`
      : `session ${quoteValue(id)} is locked by ${who}`,
    hint: `wait until the other writer has finished, then run the command again; if it is gone for good, remove ${path}`,
    detail: { pid, host, age_ms: createdAtMs === null ? null : Math.max(0, now.getTime() - createdAtMs) },
  });
}

/** So that a command in a hint can be copied. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
