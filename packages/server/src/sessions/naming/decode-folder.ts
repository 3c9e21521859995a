import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { encodeFolder } from "./encode-folder.ts";

export interface FolderDirectory {
  readonly path: string;
  readonly isPlaceholder: boolean;
}

/** Directories that one decoding may list: names with many readings must not walk a whole disk. */
const MAX_LISTED = 500;

/**
 * The directory that a project folder stands for ([WATCH-8]). The name alone is ambiguous, so it is read against the
 * directories that exist: at each level the longest name that fits is tried first, then shorter ones.
 */
export async function decodeFolder(folderPath: string, home: string): Promise<FolderDirectory> {
  const folder = basename(folderPath);
  if (!folder.startsWith("-")) return { path: join(home, folder), isPlaceholder: false };
  const budget = { listed: 0 };
  const path = await match("/", folder.slice(1), budget);
  return path === undefined
    ? { path: `[from project: ${folder}]`, isPlaceholder: true }
    : { path, isPlaceholder: false };
}

/** The directory below `parent` whose encoded path from there on is `rest`. */
async function match(parent: string, rest: string, budget: { listed: number }): Promise<string | undefined> {
  if (rest === "") return parent;
  if (budget.listed >= MAX_LISTED) return undefined;
  budget.listed++;
  for (const name of await fittingNames(parent, rest)) {
    const found = await match(join(parent, name), rest.slice(name.length + 1), budget);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Names of directories whose encoded form begins `rest` up to a separator, the longest first. */
async function fittingNames(parent: string, rest: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await candidates(parent, rest)) {
    const encoded = encodeFolder(name);
    if ((rest === encoded || rest.startsWith(`${encoded}-`)) && (await isDirectory(join(parent, name)))) {
      names.push(name);
    }
  }
  return names.sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

/** What is in `parent`; where it may be entered but not listed, the readings of `rest` that replace nothing. */
async function candidates(parent: string, rest: string): Promise<string[]> {
  try {
    return await readdir(parent);
  } catch {
    const parts = rest.split("-");
    return parts.map((_, end) => parts.slice(0, end + 1).join("-")).filter((name) => name !== "");
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
