/**
 * Reads files that anybody may have put there: a pipe does not block it, a device is not opened, a directory or a huge
 * file is told apart. It runs nothing and follows no includes [ROW-4].
 */
import { isSystemError } from "../harness/error.ts";

const fs = process.getBuiltinModule("node:fs");

const maxSourceBytes = 1024 * 1024;

/** Something rows were to come from cannot be used; the message continues `FILE: `. */
export class UnusableSource extends Error {
  override readonly name = "UnusableSource";
  /** Symbolic, when the system refused. */
  readonly errno: string | undefined;

  constructor(message: string, errno?: string) {
    super(message);
    this.errno = errno;
  }
}

/**
 * The text of a regular file of UTF-8, without its byte-order mark; undefined when there is none. Throws
 * `UnusableSource` for everything else, a file of more than `maxBytes` bytes (1 MiB) included.
 */
export function readSource(file: string, maxBytes = maxSourceBytes): string | undefined {
  try {
    // Looked at before it is opened, since opening is what has an effect on a device.
    const stats = fs.statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (!stats.isFile()) throw new UnusableSource("it is not a regular file");
    return readText(file, Math.min(stats.size, maxBytes) + 1, maxBytes);
  } catch (error) {
    if (error instanceof UnusableSource) throw error;
    const errno = isSystemError(error) ? error.code : undefined;
    if (errno === "ENOENT") return undefined;
    throw new UnusableSource(`it cannot be read${errno === undefined ? "" : `: ${errno}`}`, errno);
  }
}

function readText(file: string, expectedBytes: number, maxBytes: number): string {
  // Where a pipe has taken the file's place meanwhile, opening it must not wait for a writer.
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    if (!fs.fstatSync(descriptor).isFile()) throw new UnusableSource("it is not a regular file");
    const bytes = readAtMost(descriptor, expectedBytes, maxBytes + 1);
    if (bytes.length > maxBytes) throw new UnusableSource(`it is larger than ${maxBytes} bytes`);
    if (!process.getBuiltinModule("node:buffer").isUtf8(bytes)) throw new UnusableSource("it is not UTF-8");
    const text = bytes.toString("utf8");
    return text.startsWith("\ufeff") ? text.slice(1) : text;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Reads to the end or to `limit`, whichever is first: a file may grow while it is read, and some report no size. */
function readAtMost(descriptor: number, expectedBytes: number, limit: number): Buffer {
  let bytes = Buffer.allocUnsafe(expectedBytes);
  let length = 0;
  for (;;) {
    const count = fs.readSync(descriptor, bytes, length, bytes.length - length, null);
    length += count;
    if (count === 0 || length === limit) return bytes.subarray(0, length);
    if (length === bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(limit, Math.max(65_536, 2 * length)));
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    }
  }
}

/** Throws `UnusableSource` when `text` is not a JSON object. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnusableSource("it is not JSON");
  }
  return expectObject(value, "it");
}

/** `described` begins the sentence that tells what is no object. */
export function expectObject(value: unknown, described: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UnusableSource(`${described} is not an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}
