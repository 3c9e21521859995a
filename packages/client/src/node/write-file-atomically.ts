import { link, open, rename, unlink } from "node:fs/promises";
import { pid } from "node:process";

let written = 0;

/**
 * Writes a whole file or nothing, mode 0600, on disk when it returns. `ifAbsent`: answers false, and changes nothing,
 * when the file exists.
 */
export async function writeFileAtomically(path: string, text: string, ifAbsent = false): Promise<boolean> {
  const temporary = `${path}.${pid}-${++written}.tmp`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  try {
    if (!ifAbsent) {
      await rename(temporary, path);
      return true;
    }
    await link(temporary, path);
    await unlink(temporary);
    return true;
  } catch (cause) {
    await unlink(temporary);
    if (ifAbsent && errorCode(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** The code of a failed system call. */
export function errorCode(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}
