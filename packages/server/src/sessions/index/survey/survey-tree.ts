import { readdirSync, realpathSync, statSync, type Dirent, type Stats } from "node:fs";
import { sep } from "node:path";
import { isProjectFolder, sessionOfFile } from "./session-file-name.ts";
import type { SeenFile, SeenFolder, Survey, SurveyOptions } from "./surveyor.ts";

const NOTHING: Survey = { root: undefined, folders: [], files: [] };

/** One look at the whole tree at once: for a thread that has nothing else to do. */
export function surveyTree(options: SurveyOptions): Survey {
  const steps = surveySteps(options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * The same in steps of one folder, for a thread that has more to do; each gives all files seen so far. The calls are synchronous, because that costs a
 * third of what asynchronous ones do.
 */
export function* surveySteps({ root, ignoredFolders }: SurveyOptions): Generator<readonly SeenFile[], Survey> {
  const realRoot = attempt(() => realpathSync(root));
  const rootStat = realRoot === undefined ? undefined : statOf(realRoot);
  if (realRoot === undefined || rootStat?.isDirectory() !== true) return NOTHING;
  const folders: SeenFolder[] = [];
  const files: SeenFile[] = [];
  for (const entry of list(root)) {
    if (!isProjectFolder(entry.name, ignoredFolders)) continue;
    const path = root + sep + entry.name;
    const folder = look(path, entry, realRoot);
    if (folder?.isDirectory() !== true) continue;
    folders.push({ path, mtimeMs: folder.mtimeMs, inode: folder.ino });
    for (const file of list(path)) {
      const sessionId = sessionOfFile(file.name);
      if (sessionId === undefined) continue;
      const filePath = path + sep + file.name;
      const stat = look(filePath, file, realRoot);
      if (stat?.isFile() !== true) continue;
      files.push({ path: filePath, sessionId, size: stat.size, mtimeMs: stat.mtimeMs, inode: stat.ino });
    }
    yield files;
  }
  return { root: { path: root, mtimeMs: rootStat.mtimeMs, inode: rootStat.ino }, folders, files };
}

/** Undefined for a link that leads out of the root, and for what is not there. */
function look(path: string, entry: Dirent, realRoot: string): Stats | undefined {
  if (!entry.isSymbolicLink()) return statOf(path);
  const real = attempt(() => realpathSync(path));
  return real?.startsWith(realRoot + sep) === true ? statOf(real) : undefined;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Nothing where it cannot be listed: whoever misses a file tries to read it before he believes that it is gone. */
function list(path: string): Dirent[] {
  return attempt(() => readdirSync(path, { withFileTypes: true })) ?? [];
}

function attempt<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
