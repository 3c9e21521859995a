/**
 * What was read of the files, kept over restarts in one file ([WATCH-5]). It is replaced whole, checked as a whole, and
 * only a help: what it says of a file holds as far as the file agrees, and without it everything is read again.
 * A line of its own says what it is, each of the next ones holds some entries, the last one holds the checksum of those.
 */
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { ReadFile } from "./file-session.ts";

/** Rises with every change of what is kept, or of what the reader makes of a file. */
const VERSION = 2;
/** Entries of one line, which are turned into text or back at a time, so that others get their turn. */
const SLICE = 25;
/** Read at a time, into the same memory: fresh memory for all of it would cost more than reading it. */
const CHUNK_BYTES = 256 * 1024;
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

interface Header {
  readonly version: number;
  readonly root: string;
}

interface Trailer {
  /** Of the lines between the header and this one. */
  readonly checksum: number;
}

export interface SavedFile extends ReadFile {
  readonly sessionId: string;
}

/** By session; undefined when there is none that can be trusted. */
export async function loadIndex(path: string, root: string): Promise<Map<string, SavedFile> | undefined> {
  try {
    const file = await open(path, "r");
    try {
      return await readIndex(file, root);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

async function readIndex(file: FileHandle, root: string): Promise<Map<string, SavedFile> | undefined> {
  const files = new Map<string, SavedFile>();
  let hasHeader = false;
  let checksum = 0;
  let buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let filled = 0;
  for (;;) {
    if (filled === buffer.length) buffer = grown(buffer);
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, null);
    // It ends before its last line.
    if (bytesRead === 0) return undefined;
    let start = 0;
    let searched = filled;
    filled += bytesRead;
    for (;;) {
      const end = buffer.subarray(0, filled).indexOf(NEWLINE, searched);
      if (end === -1) break;
      const line: unknown = JSON.parse(buffer.toString("latin1", start, end));
      if (!hasHeader) {
        const header = line as Partial<Header>;
        if (header.version !== VERSION || header.root !== root) return undefined;
        hasHeader = true;
      } else if (Array.isArray(line)) {
        for (const saved of line as SavedFile[]) files.set(saved.sessionId, saved);
        checksum = crc32(buffer.subarray(start, end + 1), checksum);
      } else {
        return (line as Partial<Trailer>).checksum === checksum ? files : undefined;
      }
      start = searched = end + 1;
    }
    buffer.copyWithin(0, start, filled);
    filled -= start;
  }
}

function grown(buffer: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  if (buffer.length >= MAX_LINE_BYTES) throw new Error(`a line of the index has over ${MAX_LINE_BYTES} bytes`);
  const larger = Buffer.allocUnsafeSlow(buffer.length * 2);
  buffer.copy(larger);
  return larger;
}

/** Raises what the disk raises; the index that was there before is then there still. */
export async function saveIndex(path: string, root: string, files: readonly SavedFile[]): Promise<void> {
  const header: Header = { version: VERSION, root };
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(lineOf(header));
      let checksum = 0;
      for (let start = 0; start < files.length; start += SLICE) {
        const line = lineOf(files.slice(start, start + SLICE));
        checksum = crc32(line, checksum);
        await file.writeFile(line);
      }
      const trailer: Trailer = { checksum };
      await file.writeFile(lineOf(trailer));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A byte a character: that is read in a tenth of the time that UTF-8 takes. */
function lineOf(value: unknown): Buffer {
  const json = JSON.stringify(value);
  const ascii = json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return Buffer.from(`${ascii}\n`, "latin1");
}
