import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pid } from "node:process";
import { filesystemError } from "../harness/error.ts";

let written = 0;

/**
 * Writes a file in one piece, mode 0600 whatever it was before: after any failure the old or the new one is there whole.
 * Errors: `filesystem`.
 */
export async function writePrivateFile(path: string, text: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${pid}-${++written}.tmp`;
  let operation = "open";
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      operation = "write";
      await file.writeFile(text);
      operation = "fsync";
      await file.sync();
    } finally {
      await file.close();
    }
    operation = "rename";
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw filesystemError(cause, { target: path, operation });
  }
  await syncDirectory(dirname(path));
}

/** The rename itself is on disk when this returns; some file systems cannot do it, and then the write still counts. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch {
    return;
  }
}
