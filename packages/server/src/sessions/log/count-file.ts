/** A whole file counted for a first list, where that needs no second look. In a thread: everything here blocks. */
import type { FileState, SessionFile } from "./log-reader.ts";
import { scanFile } from "./scan-file.ts";

/** Null for a file that is not there or cannot be read: whoever reads it alone finds out why. */
export type CountedFile = FileState | null;

export function countFile(file: SessionFile): CountedFile {
  try {
    const scanned = scanFile({ file, atRest: false, wantMessages: false });
    return scanned.outcome === "grown" ? scanned.state : null;
  } catch {
    return null;
  }
}
