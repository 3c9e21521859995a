import { statSync } from "node:fs";
import { userInfo } from "node:os";

const writableByOthers = 0o022;

/**
 * Whether nobody but this user and root can have put there what a directory holds: the targets, skills and MCP servers found
 * in it are then the caller's own [CMD-setup-report-1]. It informs only; nothing is run because of it.
 */
export function isTrustedDirectory(directory: string): boolean {
  try {
    const { uid, mode } = statSync(directory);
    return (uid === userInfo().uid || uid === 0) && (mode & writableByOthers) === 0;
  } catch {
    return false;
  }
}
