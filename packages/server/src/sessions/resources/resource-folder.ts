/**
 * The folder of a directory's resources, `.parlatory/resources`, and what may be done in it ([RES-3]). Links are followed
 * nowhere below the directory: a project from elsewhere may hold one that leads out of it.
 */
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, realpath, stat, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { RemoteError } from "@parlatory/protocol/remote";

export const RESOURCES_PATH = join(".parlatory", "resources");
/** Where uploads wait until they are complete: on the same file system as the resources, and never listed. */
export const UPLOADS_PATH = join(".parlatory", "uploads");

export interface ResourceFile {
  readonly filename: string;
  readonly size: number;
  readonly modifiedAt: number;
}

/** @throws RemoteError `Directory does not exist: <path>` */
export async function requireDirectory(path: string, asked: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new RemoteError("not_found", `Directory does not exist: ${asked}`);
}

/**
 * A folder below `directory` by its path without links. Made if `isMade`; undefined when it is not there.
 * @throws RemoteError `Directory not allowed: <path>` when a link or a file stands in its place
 */
export async function openFolder(directory: string, path: string, isMade: boolean): Promise<string | undefined> {
  let folder = await realpath(directory);
  for (const part of path.split("/")) {
    folder = join(folder, part);
    if (isMade) await mkdir(folder, { mode: 0o755 }).catch(unlessThere);
    const found = await lstat(folder).catch(unlessMissing);
    if (found === undefined) return undefined;
    if (!found.isDirectory()) throw new RemoteError("not_allowed", `Directory not allowed: ${join(directory, path)}`);
  }
  return folder;
}

/** The regular files of a folder, newest first, equal times by name. */
export async function listFiles(folder: string): Promise<ResourceFile[]> {
  const files: ResourceFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // It may be deleted meanwhile.
    const found = await lstat(join(folder, entry.name)).catch(unlessMissing);
    if (found?.isFile() === true) {
      files.push({ filename: entry.name, size: found.size, modifiedAt: Math.floor(found.mtimeMs) });
    }
  }
  return files.sort((a, b) => b.modifiedAt - a.modifiedAt || (a.filename < b.filename ? -1 : 1));
}

/** False when there is no such regular file: a link is none. */
export async function deleteFile(path: string): Promise<boolean> {
  const found = await lstat(path).catch(unlessMissing);
  if (found?.isFile() !== true) return false;
  await unlink(path);
  return true;
}

/** Opens a file of ours for writing, without following a link that somebody put in its place. */
export function openForWriting(path: string, isNew: boolean): Promise<FileHandle> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;
  return open(path, O_RDWR | O_NOFOLLOW | (isNew ? O_CREAT | O_EXCL : 0), 0o600);
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  // Some file systems know no such thing; there the rename has to be enough.
  await folder.sync().catch(() => undefined);
  await folder.close();
}

export function unlessMissing(thrown: unknown): undefined {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "ENOTDIR") throw thrown;
  return undefined;
}

function unlessThere(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
  return undefined;
}
