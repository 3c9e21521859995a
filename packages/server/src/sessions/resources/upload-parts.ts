/**
 * Files that are not complete yet ([RES-5]). Each waits under a name of our own beside the resources and gets its real name in
 * one step when it is complete. States of a file: waiting → placed; or swept, an hour after its last part. What is on the disk
 * is all there is to know, so an upload goes on after a restart.
 */
import { createHash } from "node:crypto";
import { link, lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { RemoteError, REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock, Scheduler } from "../../ports.ts";
import { openForWriting, syncFolder, unlessMissing } from "./resource-folder.ts";
import { namesFor } from "./resource-name.ts";

export interface UploadPartsOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly maxBytes: number;
}

/** How many names with a stamp are tried: more in one second are no accident. */
const MAX_NAMES = 1_000;
/** Beyond so many, a folder is swept only when the next upload comes. */
const MAX_PLANNED_SWEEPS = 1_000;

export class UploadParts {
  readonly #options: UploadPartsOptions;
  /** By folder: what cancels its next sweep. */
  readonly #sweeps = new Map<string, () => void>();
  #isStopped = false;

  constructor(options: UploadPartsOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#sweeps.values()) cancel();
    this.#sweeps.clear();
  }

  /** The path of an upload's parts: the same for the same words, and no path that a client could choose. */
  pathOf(folder: string, words: readonly string[]): string {
    return join(folder, `${createHash("sha256").update(JSON.stringify(words)).digest("hex")}.part`);
  }

  /**
   * Writes a part and makes it durable. What was there behind `offset` is replaced: a part whose answer was lost comes again.
   * @throws RemoteError
   */
  async write(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    if (offset + bytes.length > this.#options.maxBytes) {
      await rm(path, { force: true });
      throw new RemoteError("invalid_field", "Failed to upload file: larger than 100 MB");
    }
    if (offset === 0) await rm(path, { force: true });
    const file = await openForWriting(path, offset === 0).catch(unlessMissing);
    const size = file === undefined ? 0 : (await file.stat()).size;
    try {
      if (file === undefined || offset > size) {
        throw new RemoteError("conflict", `Failed to upload file: expected a part with offset ${size}`);
      }
      await file.truncate(offset);
      for (let at = 0; at < bytes.length;) {
        at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
      }
      await file.sync();
    } finally {
      await file?.close();
    }
  }

  /** Gives a complete file the first name that is free; answers with the name. Never takes the place of another file. */
  async place(path: string, folder: string, filename: string): Promise<string> {
    let tried = 0;
    for (const name of namesFor(filename, this.#options.clock.now())) {
      if (await moveIfFree(path, join(folder, name))) {
        await syncFolder(folder);
        return name;
      }
      if (++tried === MAX_NAMES) break;
    }
    throw new RemoteError("conflict", `Failed to upload file: no free name for ${filename}`);
  }

  /** Removes what has waited for an hour, and looks again as long as something waits ([RES-5]). */
  async sweep(folder: string): Promise<void> {
    this.#sweeps.get(folder)?.();
    this.#sweeps.delete(folder);
    const oldest = this.#options.clock.now() - REMOTE_LIMITS.uploadPartMs;
    let waiting = 0;
    for (const name of (await readdir(folder).catch(unlessMissing)) ?? []) {
      const path = join(folder, name);
      const found = await lstat(path).catch(unlessMissing);
      if (found?.isFile() !== true || !name.endsWith(".part")) continue;
      if (found.mtimeMs <= oldest) await rm(path, { force: true });
      else waiting++;
    }
    if (waiting > 0) this.planSweep(folder);
  }

  planSweep(folder: string): void {
    if (this.#isStopped || this.#sweeps.has(folder) || this.#sweeps.size >= MAX_PLANNED_SWEEPS) return;
    const run = (): void => {
      this.#sweeps.delete(folder);
      // What cannot be swept now is found by the next upload.
      this.sweep(folder).catch(() => undefined);
    };
    this.#sweeps.set(folder, this.#options.scheduler.after(REMOTE_LIMITS.uploadPartMs, run));
  }
}

/** A rename that takes the place of nothing: `link` refuses a name that is taken. */
async function moveIfFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw thrown;
    // A file system without hard links. We are alone in this folder as far as it goes.
    if ((await lstat(to).catch(unlessMissing)) !== undefined) return false;
    await rename(from, to);
    return true;
  }
  await rm(from, { force: true });
  return true;
}
