/**
 * The log of one command, written ([CMDHIST-1], [CMDHIST-3]). Lines are collected while a write is under way and then
 * written together. It holds at most `maxOutputBytes` of output; what comes after is left out, and so is everything after
 * a write that failed. It knows nothing of processes or of who reads along.
 */
import { open, type FileHandle } from "node:fs/promises";
import { prefixOfBytes } from "@parlatory/protocol/remote";
import type { OutputBlock } from "../execution/output-splitter.ts";
import { LogBuffer, type OutputStream } from "./log-buffer.ts";

/** What is in the file for whoever reads while it grows. */
export interface LogExtent {
  /** Ends with a whole line. */
  readonly fileBytes: number;
  /** Output was left out. */
  readonly isCut: boolean;
}

export class CommandLog {
  readonly #file: FileHandle;
  readonly #maxOutputBytes: number;
  #collecting = new LogBuffer();
  #writing = new LogBuffer();
  #fileBytes = 0;
  #outputBytes = 0;
  #isCut = false;

  private constructor(file: FileHandle, maxOutputBytes: number) {
    this.#file = file;
    this.#maxOutputBytes = maxOutputBytes;
  }

  static async create(path: string, maxOutputBytes: number): Promise<CommandLog> {
    return new CommandLog(await open(path, "wx", 0o600), maxOutputBytes);
  }

  get extent(): LogExtent {
    return { fileBytes: this.#fileBytes, isCut: this.#isCut };
  }

  /** Bytes that wait for the next write. */
  get waitingBytes(): number {
    return this.#collecting.length;
  }

  append(block: OutputBlock, stream: OutputStream): void {
    if (this.#isCut) return;
    // A piece has no newline of its own in the output.
    const bytes = block.bytes.length - (block.isUnfinished ? 1 : 0);
    if (this.#outputBytes + bytes <= this.#maxOutputBytes) {
      this.#outputBytes += bytes;
      this.#collecting.append(block, stream);
      return;
    }
    this.#isCut = true;
    const fitting = fittingPart(block, this.#maxOutputBytes - this.#outputBytes);
    if (fitting !== undefined) this.#collecting.append(fitting, stream);
  }

  /** Writes what was collected. One call at a time. @throws when it cannot be written; nothing is logged from then on. */
  async flush(): Promise<void> {
    if (this.#collecting.length === 0) return;
    const batch = this.#collecting;
    this.#collecting = this.#writing;
    this.#writing = batch;
    try {
      await this.#write(batch.contents());
    } catch (cause) {
      this.#isCut = true;
      this.#collecting.clear();
      // What was written of it may end inside a line.
      await this.#file.truncate(this.#fileBytes).catch(() => undefined);
      throw cause;
    } finally {
      batch.clear();
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#fileBytes + at);
      at += bytesWritten;
    }
    this.#fileBytes += bytes.length;
  }
}

/** Of the lines of a block those that fit, the last of them cut; undefined when there is no room for anything. */
function fittingPart(
  block: OutputBlock,
  roomBytes: number,
): Pick<OutputBlock, "bytes" | "texts" | "isContinued"> | undefined {
  const text = prefixOfBytes(block.bytes.toString(), Math.max(0, roomBytes - 1)).replace(/\n$/, "");
  if (text === "") return undefined;
  return { bytes: Buffer.from(`${text}\n`), texts: text.split("\n"), isContinued: block.isContinued };
}
