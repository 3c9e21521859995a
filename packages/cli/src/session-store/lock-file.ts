/**
 * One writer at a time, by a file that names its holder [SES-9]. It must not know what is protected. A holder that died
 * does not keep it: its file is renamed away, which one contender wins.
 *
 * States: waiting → held → released. A held lock may be lost, when somebody takes us for dead or removes the file; who
 * writes asks `isHeld` at the last moment.
 */
import { filesystemError } from "../harness/error.ts";
import type { FilePort } from "./file-port.ts";
import type { ProcessWitness } from "./process-witness.ts";
import { readRegularFile } from "./read-regular-file.ts";
import { hasNoLinks, systemErrno } from "./system-errno.ts";
import { quietly } from "./write-whole-file.ts";

export interface LockWorld {
  readonly files: FilePort;
  readonly processes: ProcessWitness;
  /** Time of day, for people who look at the file. */
  readonly now: () => Date;
  readonly monotonicMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface LockPlan {
  /** Absolute; its directory exists. */
  readonly path: string;
  /** How errors name it. */
  readonly shownPath: string;
  /** Where a holder of this token keeps what nobody else may see: all are removed with its lock when it has died. */
  readonly draftsOf: (token: string) => LockDrafts;
  readonly timeoutMs: number;
  /** Looked at only when there is something to wait for. */
  readonly signal?: AbortSignal | undefined;
  /** The error for a lock that others keep. */
  readonly locked: (holder: LockHolder) => Error;
}

export interface LockDrafts {
  /** The lock before it is in its place. */
  readonly lock: string;
  /** A dead one's lock, renamed away. */
  readonly stale: string;
  /** What the holder writes under the lock. */
  readonly work: string;
}

/** What a lock file says; null where it does not. */
export interface LockHolder {
  readonly pid: number | null;
  readonly started: string | null;
  readonly host: string | null;
  readonly token: string | null;
  readonly createdAtMs: number | null;
}

interface SeenLock {
  readonly text: string;
  readonly holder: LockHolder;
  readonly modifiedMs: number;
}

const pollMs = 10;
/** Attempts in a row without a pause, when the way was free each time and somebody else was faster. */
const maxHurries = 100;
/** A file that names nobody is being made by a file system without links, or was left by a crash there. */
const namelessAgeMs = 10_000;
const maxLockBytes = 4096;
const tokenBytes = 16;
const tokenPattern = /^[0-9a-f]{32}$/;

export class LockFile {
  readonly #world: LockWorld;
  readonly #plan: LockPlan;
  readonly #text: string;
  readonly #drafts: LockDrafts;
  #isReleased = false;

  private constructor(world: LockWorld, plan: LockPlan) {
    this.#world = world;
    this.#plan = plan;
    const token = Buffer.from(world.randomBytes(tokenBytes)).toString("hex");
    this.#drafts = plan.draftsOf(token);
    const { self, host } = world.processes;
    this.#text = JSON.stringify({ ...self, host, token, created_at: world.now().toISOString() });
  }

  /**
   * Waits at most `timeoutMs`. Errors: `plan.locked(…)`; `filesystem` when it cannot be made; the signal's reason when that
   * fires while waiting.
   */
  static async acquire(world: LockWorld, plan: LockPlan): Promise<LockFile> {
    const lock = new LockFile(world, plan);
    await lock.#acquire();
    return lock;
  }

  get shownPath(): string {
    return this.#plan.shownPath;
  }

  /** Where the holder keeps what it is writing. */
  get workDraft(): string {
    return this.#drafts.work;
  }

  /** False when it was lost. Errors: `filesystem`. */
  isHeld(): boolean {
    return !this.#isReleased && this.#look(this.#plan.path)?.text === this.#text;
  }

  /** Who has it now. Errors: `filesystem`. */
  holder(): LockHolder {
    return this.#look(this.#plan.path)?.holder ?? nobody;
  }

  /** Never fails; a second call does nothing. */
  release(): void {
    quietly(() => {
      if (this.isHeld()) this.#world.files.unlinkSync(this.#plan.path);
    });
    this.#isReleased = true;
  }

  async #acquire(): Promise<void> {
    const { files, monotonicMs } = this.#world;
    const { path, timeoutMs, locked } = this.#plan;
    const began = monotonicMs();
    let hurries = 0;
    this.#create(this.#drafts.lock);
    try {
      while (!this.#place()) {
        const seen = this.#look(path);
        const isFree = seen === undefined || ((await this.#isDead(seen)) && this.#takeAway(seen));
        if (isFree && hurries < maxHurries) {
          hurries += 1;
          continue;
        }
        const remainingMs = timeoutMs - (monotonicMs() - began);
        if (remainingMs <= 0) throw locked(seen?.holder ?? nobody);
        await pause(Math.min(pollMs, remainingMs), this.#plan.signal);
      }
    } finally {
      quietly(() => files.unlinkSync(this.#drafts.lock));
    }
  }

  #create(path: string): void {
    const { files } = this.#world;
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = files.constants;
    const target = this.#plan.shownPath;
    let operation = "open";
    try {
      const descriptor = files.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        operation = "write";
        files.writeFileSync(descriptor, this.#text);
      } finally {
        files.closeSync(descriptor);
      }
    } catch (cause) {
      if (operation === "write") quietly(() => files.unlinkSync(path));
      throw filesystemError(cause, { target, operation });
    }
  }

  /** A link appears with its content, so nobody ever reads half a holder. False when somebody has the lock. */
  #place(): boolean {
    const { files } = this.#world;
    const { path, shownPath } = this.#plan;
    try {
      files.linkSync(this.#drafts.lock, path);
      return true;
    } catch (cause) {
      const errno = systemErrno(cause);
      if (errno === "EEXIST") return false;
      if (hasNoLinks(cause)) return this.#createInPlace();
      if (errno !== "ENOENT") throw filesystemError(cause, { target: shownPath, operation: "open" });
      // The draft was tidied up by somebody who found it old, or the directory is gone: then this fails.
      this.#create(this.#drafts.lock);
      return false;
    }
  }

  #createInPlace(): boolean {
    try {
      this.#create(this.#plan.path);
      return true;
    } catch (thrown) {
      if (systemErrno((thrown as Error).cause) === "EEXIST") return false;
      throw thrown;
    }
  }

  async #isDead({ holder, modifiedMs }: SeenLock): Promise<boolean> {
    const { processes, files } = this.#world;
    const { pid, started, host } = holder;
    if (host === null) {
      // Both times are the file system's own, whatever clock this machine has.
      const draft = files.lstatSync(this.#drafts.lock, { throwIfNoEntry: false });
      return draft !== undefined && draft.mtimeMs - modifiedMs > namelessAgeMs;
    }
    if (host !== processes.host) return false;
    return pid === null || (await processes.isGone({ pid, started: started ?? "" }));
  }

  /** True when the way is free now. */
  #takeAway(seen: SeenLock): boolean {
    const { files } = this.#world;
    const { path, draftsOf } = this.#plan;
    const away = this.#drafts.stale;
    try {
      files.renameSync(path, away);
    } catch (thrown) {
      return systemErrno(thrown) === "ENOENT";
    }
    // Between looking and renaming somebody else may have broken it and taken it: give it back.
    const isThatOne = this.#look(away)?.text === seen.text;
    if (!isThatOne) quietly(() => files.linkSync(away, path));
    quietly(() => files.unlinkSync(away));
    const { token } = seen.holder;
    if (isThatOne && token !== null) {
      for (const draft of Object.values(draftsOf(token))) quietly(() => files.unlinkSync(draft));
    }
    return true;
  }

  /** Undefined when there is no file. Errors: `filesystem`. */
  #look(path: string): SeenLock | undefined {
    const { files } = this.#world;
    try {
      const { mtimeMs } = files.lstatSync(path);
      const file = readRegularFile(files, path, maxLockBytes);
      const text = file.type === "file" ? file.bytes.toString("utf8") : "";
      return { text, holder: parseHolder(text), modifiedMs: mtimeMs };
    } catch (cause) {
      if (systemErrno(cause) === "ENOENT") return undefined;
      throw filesystemError(cause, { target: this.#plan.shownPath, operation: "read" });
    }
  }
}

const nobody: LockHolder = { pid: null, started: null, host: null, token: null, createdAtMs: null };

function parseHolder(text: string): LockHolder {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return nobody;
  }
  if (typeof value !== "object" || value === null) return nobody;
  const { pid, started, host, token, created_at: createdAt } = value as Record<string, unknown>;
  const createdMs = typeof createdAt === "string" ? Date.parse(createdAt) : Number.NaN;
  return {
    pid: Number.isSafeInteger(pid) && (pid as number) > 0 ? (pid as number) : null,
    started: typeof started === "string" ? started : null,
    host: typeof host === "string" ? host : null,
    // It becomes part of file names.
    token: typeof token === "string" && tokenPattern.test(token) ? token : null,
    createdAtMs: Number.isNaN(createdMs) ? null : createdMs,
  };
}

/** Rejects with the signal's reason when that fires first. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
