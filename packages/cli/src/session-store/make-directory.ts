import { filesystemError } from "../harness/error.ts";
import type { FilePort } from "./file-port.ts";
import { quietly, syncDirectory } from "./write-whole-file.ts";

/**
 * Makes a directory with its parents where it is missing, mode 0700 [SES-1]. Errors: `filesystem`.
 * @param path absolute
 * @param shownPath how errors name it
 * @returns its real path
 */
export function makeDirectory(files: FilePort, path: string, shownPath: string): string {
  try {
    const firstMade = files.mkdirSync(path, { recursive: true, mode: 0o700 });
    if (firstMade !== undefined) syncParents(files, path, firstMade);
    return files.realpathSync(path);
  } catch (cause) {
    throw filesystemError(cause, { target: shownPath, operation: "mkdir" });
  }
}

/** A new directory is on disk when its entry in its parent is. A parent that may not be opened is left to the system. */
function syncParents(files: FilePort, path: string, firstMade: string): void {
  let current = path;
  while (current.length >= firstMade.length && current !== "/") {
    current = current.slice(0, Math.max(1, current.lastIndexOf("/")));
    const parent = current;
    quietly(() => {
      const descriptor = files.openSync(parent, files.constants.O_RDONLY);
      try {
        syncDirectory(files, descriptor);
      } finally {
        files.closeSync(descriptor);
      }
    });
  }
}
