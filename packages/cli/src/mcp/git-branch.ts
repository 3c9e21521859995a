import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";

const MAX_LEVELS = 64;

/** Name of the branch checked out at or above `directory`; `undefined` outside of a repository and on a detached head. */
export async function gitBranch(directory: string): Promise<string | undefined> {
  let current = directory;
  for (let level = 0; level < MAX_LEVELS; level++) {
    const head = await readHead(join(current, ".git"));
    if (head !== undefined) return /^ref: refs\/heads\/(.{1,128})$/.exec(head.trim())?.[1];
    const parent = dirname(current);
    if (parent === current) return undefined;
    current = parent;
  }
  return undefined;
}

/** `.git` is a directory, or (in worktrees and submodules) a file that names one. */
async function readHead(path: string): Promise<string | undefined> {
  const direct = await readFile(join(path, "HEAD"), "utf8").catch(() => undefined);
  if (direct !== undefined) return direct;
  const link = await readFile(path, "utf8").catch(() => undefined);
  const target = link === undefined ? undefined : /^gitdir: (.+)$/m.exec(link)?.[1];
  if (target === undefined) return undefined;
  return await readFile(join(isAbsolute(target) ? target : join(dirname(path), target), "HEAD"), "utf8").catch(
    () => undefined,
  );
}
