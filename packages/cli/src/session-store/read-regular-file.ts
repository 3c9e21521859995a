import type { Stats } from "node:fs";
import type { FilePort } from "./file-port.ts";
import { systemErrno } from "./system-errno.ts";

export type FileType = "file" | "directory" | "special";

export type RegularFile =
  | { readonly type: "file"; readonly bytes: Buffer; readonly modifiedAt: Date }
  | { readonly type: "directory" | "special" | "too_large" };

export function fileType(stats: Stats): FileType {
  if (stats.isFile()) return "file";
  return stats.isDirectory() ? "directory" : "special";
}

/**
 * The content of a regular file. What is none is found without opening it, and what takes its place meanwhile is neither
 * followed (a link) nor waited for (a FIFO) [SES-3]. Throws what the system calls throw.
 */
export function readRegularFile(files: FilePort, path: string, maxBytes: number): RegularFile {
  const type = fileType(files.lstatSync(path));
  if (type !== "file") return { type };
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = files.constants;
  let descriptor: number;
  try {
    descriptor = files.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (thrown) {
    if (systemErrno(thrown) === "ELOOP") return { type: "special" };
    throw thrown;
  }
  try {
    const stats = files.fstatSync(descriptor);
    const openedType = fileType(stats);
    if (openedType !== "file") return { type: openedType };
    if (stats.size > maxBytes) return { type: "too_large" };
    return { type: "file", bytes: files.readFileSync(descriptor), modifiedAt: stats.mtime };
  } finally {
    files.closeSync(descriptor);
  }
}
