import { lstat, realpath, stat } from "node:fs/promises";
import { sep } from "node:path";
import type { FileStamp } from "./surveyor.ts";

/** How a file is now; undefined when it is not there, is no file, or is a link that leads out of the root ([WATCH-1]). */
export async function stampOf(path: string, root: string): Promise<FileStamp | undefined> {
  try {
    const own = await lstat(path);
    const isLink = own.isSymbolicLink();
    if (isLink && !(await realpath(path)).startsWith((await realpath(root)) + sep)) return undefined;
    const file = isLink ? await stat(path) : own;
    return file.isFile() ? { size: file.size, mtimeMs: file.mtimeMs, inode: file.ino } : undefined;
  } catch {
    return undefined;
  }
}
