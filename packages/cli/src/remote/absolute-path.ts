import { resolve } from "node:path";

/**
 * A path as the server takes it ([NAME-7]): what is relative is relative to where the command runs. A leading `~` stays,
 * because it means the home of the server's user.
 */
export function absolutePath(workingDirectory: string, path: string): string {
  return path === "~" || path.startsWith("~/") ? path : resolve(workingDirectory, path);
}
