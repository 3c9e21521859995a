import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { filesystemError, isSystemError } from "../harness/error.ts";

export function remoteKeyPath(home: string): string {
  return join(home, "remote-key");
}

/** The main key of the server of this PARL_HOME, which it makes at its first start ([AUTH-2]); undefined without one. */
export async function readRemoteKey(home: string): Promise<string | undefined> {
  const path = remoteKeyPath(home);
  try {
    const key = (await readFile(path, "utf8")).trim();
    return key === "" ? undefined : key;
  } catch (cause) {
    if (isSystemError(cause) && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) return undefined;
    throw filesystemError(cause, { target: path, operation: "read" });
  }
}
