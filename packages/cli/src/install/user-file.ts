/**
 * A file that belongs to the user and to another program: read whole, changed whole or not at all. It must not know what is
 * in it. A link stays a link (what it points to is written), the mode stays, and a file that somebody else wrote in the
 * meantime is not overwritten.
 */
import { chmod, constants, copyFile, mkdir, open, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isSystemError } from "../harness/error.ts";

export interface UserFile {
  readonly path: string;
  /** Undefined: there is no such file. */
  readonly text: string | undefined;
}

/** The file changed between reading and writing. */
export class FileChangedError extends Error {
  override readonly name = "FileChangedError";
}

const privateMode = 0o600;
const privateDirectoryMode = 0o700;
const maxBackupsInOneSecond = 100;

export async function readUserFile(path: string): Promise<UserFile> {
  try {
    return { path, text: await readFile(path, "utf8") };
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return { path, text: undefined };
    throw cause;
  }
}

/** Copies the file beside itself, mode included; answers the copy's path, or undefined where there is no file. */
export async function backUp(file: UserFile, at: Date): Promise<string | undefined> {
  if (file.text === undefined) return undefined;
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d+/gu, "");
  for (let attempt = 1; attempt <= maxBackupsInOneSecond; attempt += 1) {
    const copy = `${file.path}.parlatory-backup-${stamp}${attempt === 1 ? "" : `-${attempt}`}`;
    try {
      await copyFile(file.path, copy, constants.COPYFILE_EXCL);
      return copy;
    } catch (cause) {
      if (!hasCode(cause, "EEXIST")) throw cause;
    }
  }
  throw new Error(`no free name for a backup of ${file.path}`);
}

/** Raises FileChangedError when the file no longer holds what was read; a new file is readable by its owner only. */
export async function replaceUserFile(file: UserFile, text: string, pid: number): Promise<void> {
  if (file.text === undefined) await mkdir(dirname(file.path), { recursive: true, mode: privateDirectoryMode });
  const target = file.text === undefined ? file.path : await realpath(file.path);
  const mode = file.text === undefined ? privateMode : (await stat(target)).mode & 0o7777;
  const temporary = join(dirname(target), `.${basename(target)}.${pid}.parlatory-tmp`);
  const handle = await open(temporary, "wx", privateMode);
  try {
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(temporary, mode);
    const { text: present } = await readUserFile(file.path);
    if (present !== file.text) throw new FileChangedError(`${file.path} changed meanwhile`);
    await rename(temporary, target);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw cause;
  }
}

function hasCode(cause: unknown, code: string): boolean {
  return isSystemError(cause) && cause.code === code;
}
