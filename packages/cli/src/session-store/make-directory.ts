import { filesystemError, isSystemError } from "../harness/error.ts";
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
    const firstMade = makeMissing(files, path);
    if (firstMade !== undefined) syncParents(files, path, firstMade);
    return files.realpathSync(path);
  } catch (cause) {
    throw filesystemError(cause, { target: shownPath, operation: "mkdir" });
  }
}

/**
 * Step by step, and not with `recursive`: where the system answers ENOENT for a directory that cannot be made at all (below
 * /proc), the runtime's own loop never ends.
 * @returns the highest directory that was made
 */
function makeMissing(files: FilePort, path: string): string | undefined {
  const code = tryToMake(files, path);
  if (code === undefined) return path;
  if (code === "EEXIST") return undefined;
  const firstMade = makeMissing(files, path.slice(0, Math.max(1, path.lastIndexOf("/"))));
  if (tryToMake(files, path) === "ENOENT") files.mkdirSync(path); // throws what the system says
  return firstMade ?? path;
}

/** @returns undefined when it was made, `ENOENT` when its parent is missing, `EEXIST` when it is there */
function tryToMake(files: FilePort, path: string): "ENOENT" | "EEXIST" | undefined {
  try {
    files.mkdirSync(path, { mode: 0o700 });
    return undefined;
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code === "ENOENT" && path !== "/") return "ENOENT";
    if (cause.code === "EEXIST" && files.lstatSync(files.realpathSync(path)).isDirectory()) return "EEXIST";
    throw cause;
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
