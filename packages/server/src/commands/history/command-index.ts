/**
 * `index.json`: every entry by its id, replaced as a whole so that a crash leaves either the old one or the new one
 * ([CMDHIST-2]). One writer: changes that come while it writes are written together by the next turn. Each entry stands on a
 * line of its own, so that something can be had of a file that was damaged. It knows nothing of logs or processes.
 */
import { open, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { encodeCommandRecord, parseCommandRecord, type CommandRecord } from "./command-record.ts";

export interface LoadedIndex {
  readonly index: CommandIndex;
  /** Absent or damaged: it holds what could be read of it, which may be less than there was. */
  readonly isBroken: boolean;
}

export class CommandIndex {
  readonly #path: string;
  /** With the line of each, made once: most entries never change again. */
  readonly #entries = new Map<string, { record: CommandRecord; line: string }>();
  #isChanged = false;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  static async load(path: string): Promise<LoadedIndex> {
    const index = new CommandIndex(path);
    await rm(`${path}.tmp`, { force: true });
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
      return { index, isBroken: true };
    }
    const whole = parseWhole(text);
    for (const record of whole ?? salvage(text)) index.set(record);
    return { index, isBroken: whole === undefined };
  }

  get(commandSessionId: string): CommandRecord | undefined {
    return this.#entries.get(commandSessionId)?.record;
  }

  /** In no order. */
  *records(): Iterable<CommandRecord> {
    for (const { record } of this.#entries.values()) yield record;
  }

  /** In memory; `save` makes it durable. */
  set(record: CommandRecord): void {
    const line = `${JSON.stringify(record.commandSessionId)}:${encodeCommandRecord(record)}`;
    this.#entries.set(record.commandSessionId, { record, line });
    this.#isChanged = true;
  }

  delete(commandSessionId: string): void {
    if (this.#entries.delete(commandSessionId)) this.#isChanged = true;
  }

  /** Resolves when everything changed so far is durable. */
  save(): Promise<void> {
    // The one under way took its copy before; the next one covers all who ask from now until it begins.
    this.#next ??= this.#saveAfter(this.#writing);
    return this.#next;
  }

  async #saveAfter(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => undefined);
    // What else changes in this turn goes with it.
    await Promise.resolve();
    const writing = this.#write();
    this.#writing = writing;
    this.#next = undefined;
    await writing;
  }

  async #write(): Promise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const text = `{\n${[...this.#entries.values()].map(({ line }) => line).join(",\n")}\n}\n`;
    const temporary = `${this.#path}.tmp`;
    try {
      await writeDurably(temporary, text);
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (cause) {
      this.#isChanged = true;
      throw new Error(`write the index of commands ${this.#path}: ${reasonOf(cause)}`, { cause });
    }
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Some file systems know no such thing; there the rename has to be enough. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await open(join(path, "."), "r");
  } catch {
    return;
  }
  await folder.sync().catch(() => undefined);
  await folder.close();
}

function parseWhole(text: string): CommandRecord[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const records: CommandRecord[] = [];
  for (const [id, entry] of Object.entries(value)) {
    const record = parseCommandRecord(entry);
    if (record?.commandSessionId !== id) return undefined;
    records.push(record);
  }
  return records;
}

function salvage(text: string): CommandRecord[] {
  return text.split("\n").flatMap((line) => parseWhole(`{${line.replace(/,$/, "")}}`) ?? []);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
