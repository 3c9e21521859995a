import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { filesystemError } from "../harness/error.ts";

/** Two files of this size at most: one grows, the other is the one before it. */
const maxBytes = 20 * 1024 * 1024;

/** Opens the log of a server: each call appends one line (0600). Errors: `filesystem`, when it cannot be written now. */
export function openServerLog(path: string): (line: string) => void {
  let size: number;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    appendFileSync(path, "", { mode: 0o600 });
    size = statSync(path).size;
  } catch (cause) {
    throw filesystemError(cause, { target: path, operation: "open" });
  }
  return (line) => {
    try {
      if (size > maxBytes) {
        renameSync(path, `${path}.1`);
        size = 0;
      }
      appendFileSync(path, line, { mode: 0o600 });
      size += Buffer.byteLength(line);
    } catch {
      // A full disk must not end the broker, and there is nowhere else to say it.
    }
  };
}
