/**
 * What was read of the files, kept over restarts in one file ([WATCH-5]). It is replaced whole, checked as a whole, and
 * only a help: what it says of a file holds as far as the file agrees, and without it everything is read again.
 */
import { open, rename, rm } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Scheduler } from "../../ports.ts";
import type { ReadFile } from "./file-session.ts";

/** Rises with every change of what is kept, or of what the reader makes of a file. */
const VERSION = 1;
/** Entries of one line, which are turned into text or back at a time, so that others get their turn. */
const SLICE = 250;
const NEWLINE = 0x0a;

interface Header {
  readonly version: number;
  readonly root: string;
  /** Of the lines after this one. */
  readonly checksum: number;
}

export interface SavedFile extends ReadFile {
  readonly sessionId: string;
}

/** By session; undefined when there is none that can be trusted. */
export async function loadIndex(
  path: string,
  root: string,
  scheduler: Scheduler,
): Promise<Map<string, SavedFile> | undefined> {
  const bytes = await readWhole(path);
  const headerEnd = bytes?.indexOf(NEWLINE) ?? -1;
  if (bytes === undefined || headerEnd < 0) return undefined;
  try {
    const header = JSON.parse(bytes.toString("latin1", 0, headerEnd)) as Partial<Header>;
    const body = bytes.subarray(headerEnd + 1);
    if (header.version !== VERSION || header.root !== root || header.checksum !== crc32(body)) return undefined;
    const files = new Map<string, SavedFile>();
    for (let start = 0; start < body.length;) {
      const end = body.indexOf(NEWLINE, start);
      const slice = JSON.parse(body.toString("latin1", start, end)) as SavedFile[];
      for (const file of slice) files.set(file.sessionId, file);
      start = end + 1;
      await turn(scheduler);
    }
    return files;
  } catch {
    return undefined;
  }
}

/** With one call for all of it: a start waits for it. */
async function readWhole(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, 0);
      return bytesRead === size ? buffer : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** Raises what the disk raises; the index that was there before is then there still. */
export async function saveIndex(
  path: string,
  root: string,
  files: readonly SavedFile[],
  scheduler: Scheduler,
): Promise<void> {
  const slices: Buffer[] = [];
  for (let start = 0; start < files.length; start += SLICE) {
    slices.push(Buffer.from(`${toAscii(JSON.stringify(files.slice(start, start + SLICE)))}\n`, "latin1"));
    await turn(scheduler);
  }
  const body = Buffer.concat(slices);
  const header: Header = { version: VERSION, root, checksum: crc32(body) };
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(`${toAscii(JSON.stringify(header))}\n`);
      await file.writeFile(body);
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
function toAscii(json: string): string {
  return json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function turn(scheduler: Scheduler): Promise<void> {
  return new Promise((resolve) => scheduler.soon(resolve));
}
