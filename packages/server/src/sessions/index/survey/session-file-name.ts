// Part of a thread whose start is on the way to the first list: a dependency on the protocol would make that six times
// as long.
const SESSION_FILE = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.jsonl$/i;

/** The session of a file by its name; undefined for a file that is no session's ([WATCH-1]). */
export function sessionOfFile(name: string): string | undefined {
  return SESSION_FILE.exec(name)?.[1]?.toLowerCase();
}

/** Whether a folder of the root may hold sessions. */
export function isProjectFolder(name: string, ignored: readonly string[]): boolean {
  return !name.startsWith(".") && !ignored.includes(name);
}
