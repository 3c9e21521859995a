import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { hash } from "node:crypto";

/** A session file that is open for reading, as it was when it was opened. */
export interface OpenFile {
  readonly fd: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly device: number;
  readonly inode: number;
}

/** Runs `use` with the file open; undefined when there is no such file. Whatever is no file counts as none. */
export function withFile<Result>(path: string, use: (file: OpenFile) => Result): Result | undefined {
  let fd: number;
  try {
    // Without waiting: opening a named pipe would wait for its writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return undefined;
    return use({ fd, size: stats.size, mtimeMs: stats.mtimeMs, device: stats.dev, inode: stats.ino });
  } finally {
    closeSync(fd);
  }
}

/** Up to `length` bytes from `offset`, fewer at the end of the file. */
export function readBytes(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const got = readSync(fd, bytes, filled, length - filled, offset + filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}

const EDGE_BYTES = 4_096;

/** Hash of the first 4 KiB and of the last 4 KiB before `offset` ([HIST-11]). */
export function prefixHash(fd: number, offset: number): string {
  const head = readBytes(fd, 0, Math.min(EDGE_BYTES, offset));
  if (offset <= EDGE_BYTES) return shortHash(head);
  const from = Math.max(EDGE_BYTES, offset - EDGE_BYTES);
  return shortHash(Buffer.concat([head, readBytes(fd, from, offset - from)]));
}

/** The two edges of a prefix side by side. One for all. */
const edges = Buffer.allocUnsafeSlow(2 * EDGE_BYTES);

/** The same of a file whose first bytes, `offset` of them at least, were read. */
export function prefixHashOf(bytes: Buffer, offset: number): string {
  if (offset <= 2 * EDGE_BYTES) return shortHash(bytes.subarray(0, offset));
  bytes.copy(edges, 0, 0, EDGE_BYTES);
  bytes.copy(edges, EDGE_BYTES, offset - EDGE_BYTES, offset);
  return shortHash(edges);
}

export function shortHash(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex").slice(0, 32);
}
