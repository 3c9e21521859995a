/**
 * Memory of handed-over messages on disk: one id a line, appended and flushed before anything is acknowledged ([DLV-4]).
 * A torn last line is ignored, a file grown to several times its content is rewritten in one piece. It must not know
 * what the ids mean. One writer at a time: writes queue behind each other.
 */
import { mkdir, open, readFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { DEFAULT_RECEIVED_IDS, RecentIds, type ReceivedIds } from "../receiving/received-ids.ts";
import { errorCode, writeFileAtomically } from "./write-file-atomically.ts";

export interface ReceivedIdsFileOptions {
  path: string;
  /** Ids kept; default twice the last 2,000 messages, for each message has up to two ids. */
  capacity?: number | undefined;
  /** Flush to the disk itself, so that ids survive a loss of power too; default true. */
  flush?: boolean | undefined;
}

export interface ReceivedIdsFile extends ReceivedIds {
  remember(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** A file of this many times its capacity in lines is rewritten. */
const REWRITE_FACTOR = 4;

/** Opens (or makes, mode 0600) the file and reads the ids in it; pairs with `close`. */
export async function openReceivedIdsFile(options: ReceivedIdsFileOptions): Promise<ReceivedIdsFile> {
  const { path, capacity = DEFAULT_RECEIVED_IDS, flush = true } = options;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const ids = new RecentIds(capacity);
  const text = await readText(path);
  const lines = text.split("\n");
  const torn = lines.pop() ?? "";
  ids.remember(lines.filter((line) => line !== ""));
  let lineCount = lines.length;
  let file: FileHandle | undefined;
  let last: Promise<void> = Promise.resolve();
  // Appending behind half an id would make one false id of two.
  let mustRewrite = torn !== "";

  async function rewrite(added: readonly string[]): Promise<void> {
    await file?.close();
    file = undefined;
    const kept = [...new Set([...ids.list(), ...added])].slice(-capacity);
    await writeFileAtomically(path, asLines(kept));
    lineCount = kept.length;
    mustRewrite = false;
  }

  async function append(added: readonly string[]): Promise<void> {
    if (mustRewrite || lineCount + added.length > REWRITE_FACTOR * capacity) return await rewrite(added);
    file ??= await open(path, "a", 0o600);
    // After a failure in the middle of a line the next write starts over.
    mustRewrite = true;
    await file.appendFile(asLines(added));
    if (flush) await file.datasync();
    mustRewrite = false;
    lineCount += added.length;
  }

  async function write(added: readonly string[]): Promise<void> {
    await append(added);
    // Only what is on disk counts as known: an id that is not must not be acknowledged when its message comes again.
    ids.remember(added);
  }

  return {
    has: (id) => ids.has(id),
    remember(added) {
      const written = last.then(() => write(added));
      last = written.catch(() => undefined);
      return written;
    },
    async close() {
      await last;
      await file?.close();
      file = undefined;
    },
  };
}

function asLines(ids: readonly string[]): string {
  return ids.map((id) => `${id}\n`).join("");
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return "";
    throw new Error(`the received ids in ${path} could not be read; check its owner and mode (0600)`, { cause });
  }
}
