/**
 * What was read of the files, kept over restarts in one file ([WATCH-5]). It is replaced whole, checked as a whole, and
 * only a help: what it says of a file holds as far as the file agrees, and without it everything is read again.
 */
import { open, readFile, rename, rm } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Scheduler } from "../../ports.ts";
import type { ReadFile } from "./file-session.ts";

/** Rises with every change of what is kept, or of what the reader makes of a file. */
const VERSION = 1;
/** Entries that are turned into text at a time, so that others get their turn. */
const SLICE = 250;

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
export async function loadIndex(path: string, root: string): Promise<Map<string, ReadFile> | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return undefined;
  }
  const headerEnd = text.indexOf("\n");
  const body = text.slice(headerEnd + 1);
  try {
    const header = JSON.parse(text.slice(0, headerEnd)) as Partial<Header>;
    if (header.version !== VERSION || header.root !== root || header.checksum !== crc32(body)) return undefined;
    return new Map((JSON.parse(body) as SavedFile[]).map((file) => [file.sessionId, file]));
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
  const slices: string[] = [];
  for (let start = 0; start < files.length; start += SLICE) {
    if (start > 0) await new Promise<void>((resolve) => scheduler.soon(resolve));
    // The brackets of the whole are set around the joined slices.
    slices.push(JSON.stringify(files.slice(start, start + SLICE)).slice(1, -1));
  }
  const body = `[${slices.join(",\n")}]\n`;
  const header: Header = { version: VERSION, root, checksum: crc32(body) };
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(header)}\n${body}`);
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
