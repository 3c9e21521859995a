/**
 * Secrets that the server makes for itself and keeps in `PARL_HOME`: one file each, for its owner only. A file is there
 * whole or not at all, also when several servers start at once: the first makes it, the others read it.
 */
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Log, RandomBytes } from "../ports.ts";

/** A secret cannot be used as it lies there. Stops the start; the text says what to do and never what is in the file. */
export class SecretFileError extends Error {
  override readonly name = "SecretFileError";
}

export interface SecretFileOptions {
  readonly path: string;
  /** Makes the content for the first start, without the newline at its end. */
  readonly make: () => string;
  readonly isValid: (content: string) => boolean;
  /** The user the server runs as; undefined where files have no owners. */
  readonly userId: number | undefined;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
}

/** Raises SecretFileError. */
export function readOrMakeSecretFile(options: SecretFileOptions): string {
  const found = readSecretFile(options);
  if (found !== undefined) return found;
  writeSecretFile(options);
  const made = readSecretFile(options);
  if (made === undefined) throw new SecretFileError(`Cannot keep ${options.path}: it was deleted while it was made.`);
  return made;
}

function readSecretFile({ path, isValid, userId, log }: SecretFileOptions): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new SecretFileError(`Cannot read ${path}: it must be a file that the user of the server can read.`, {
      cause,
    });
  }
  try {
    // Of the open file, so that nobody can put another one in its place meanwhile.
    const { uid, mode } = fstatSync(file);
    if (userId !== undefined && uid !== userId) {
      throw new SecretFileError(
        `${path} belongs to another user (${uid}), who can read it. Delete it, or give it to the user of the server (${userId}).`,
      );
    }
    if ((mode & 0o077) !== 0) {
      fchmodSync(file, 0o600);
      log.warn("a secret was readable by others; its mode is 0600 now", { path, mode: (mode & 0o777).toString(8) });
    }
    const content = readFileSync(file, "utf8").trim();
    if (!isValid(content)) {
      throw new SecretFileError(`${path} does not hold what it should. Delete it to get a new one.`);
    }
    return content;
  } catch (cause) {
    if (cause instanceof SecretFileError) throw cause;
    throw new SecretFileError(`Cannot use ${path}: it must be a file that the user of the server can read.`, { cause });
  } finally {
    closeSync(file);
  }
}

function writeSecretFile({ path, make, randomBytes }: SecretFileOptions): void {
  const draft = `${path}.${Buffer.from(randomBytes(8)).toString("hex")}`;
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      writeSync(file, `${make()}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // Unlike a rename, this never takes the place of a file that another server has just made.
    linkSync(draft, path);
    syncFolder(dirname(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return;
    throw new SecretFileError(`Cannot make ${path}: its folder must be writable.`, { cause });
  } finally {
    rmSync(draft, { force: true });
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
