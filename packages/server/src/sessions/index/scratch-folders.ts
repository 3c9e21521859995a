import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { encodeFolder } from "../naming/encode-folder.ts";

/** The project folders of our own scratch directory: by the path it is configured with, and by its real one. */
export function scratchFolders(directory: string): string[] {
  return [...new Set([encodeFolder(directory), encodeFolder(realPathOf(directory))])];
}

/** It may not have been made yet. */
function realPathOf(directory: string): string {
  try {
    return join(realpathSync(dirname(directory)), basename(directory));
  } catch {
    return directory;
  }
}
