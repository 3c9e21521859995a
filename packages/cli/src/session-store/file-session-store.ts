/** Sessions as files of one directory; what each method promises is said at {@link SessionStore}. */
import { CommandError, filesystemError } from "../harness/error.ts";
import { decodeSession } from "./decode-session.ts";
import type { FilePort } from "./file-port.ts";
import type { LockWorld } from "./lock-file.ts";
import { fileType, readRegularFile, type FileType, type RegularFile } from "./read-regular-file.ts";
import {
  sessionDeleteFailed,
  sessionLoadFailed,
  sessionNotFound,
  sessionPathUnsafe,
  type SessionPlace,
} from "./session-errors.ts";
import { assertSessionId, isSessionId } from "./session-id.ts";
import type { SessionRecord } from "./session-record.ts";
import type { LockOptions, SessionListing, SessionLock, SessionStore } from "./session-store.ts";
import { systemErrno } from "./system-errno.ts";

export interface FileSessionStoreParts {
  /** As given. */
  readonly directory: string;
  readonly absoluteDirectory: string;
  readonly files: FilePort;
  /** Made when first needed: readers hold no locks. */
  readonly openLockWorld: () => Promise<LockWorld>;
}

/** Far above any session, and small enough to be read into one string. */
const maxFileBytes = 256 * 2 ** 20;
const suffix = ".json";

export class FileSessionStore implements SessionStore {
  readonly directory: string;
  readonly #parts: FileSessionStoreParts;

  constructor(parts: FileSessionStoreParts) {
    this.directory = parts.directory;
    this.#parts = parts;
  }

  pathOf(id: string): string {
    const { directory } = this;
    return `${directory}${directory === "" || directory.endsWith("/") ? "" : "/"}${id}${suffix}`;
  }

  async list(): Promise<SessionListing> {
    const { files, absoluteDirectory } = this.#parts;
    const ids: string[] = [];
    let ignoredEntries = 0;
    try {
      for (const entry of files.readdirSync(absoluteDirectory, { withFileTypes: true })) {
        const { name } = entry;
        if (!name.endsWith(suffix)) continue;
        const stem = name.slice(0, -suffix.length);
        if (entry.isFile() && isSessionId(stem)) ids.push(stem);
        else ignoredEntries += 1;
      }
    } catch (cause) {
      if (isAbsence(cause)) return { ids: [], ignoredEntries: 0 };
      throw filesystemError(cause, { target: this.directory, operation: "read" });
    }
    // Ids are ASCII, where the order of code units is that of code points.
    return { ids: ids.sort(), ignoredEntries };
  }

  async load(id: string): Promise<SessionRecord> {
    return (await this.loadDated(id)).record;
  }

  /** As `load`, with the time at which the file was last changed, by the file system. */
  async loadDated(id: string): Promise<{ readonly record: SessionRecord; readonly modifiedAt: Date }> {
    assertSessionId(id);
    const place = this.#placeOf(id);
    let file: RegularFile;
    try {
      file = readRegularFile(this.#parts.files, this.#fileOf(id), maxFileBytes);
    } catch (cause) {
      if (isAbsence(cause)) throw sessionNotFound(place, cause);
      const errno = systemErrno(cause);
      if (errno === undefined) throw cause;
      throw sessionLoadFailed(place, { reason: `it cannot be read (${errno})`, retryable: true, errno, cause });
    }
    if (file.type !== "file") throw this.#unreadable(place, file.type);
    const decoded = decodeSession(file.bytes, id);
    if (!decoded.ok) throw sessionLoadFailed(place, decoded);
    return { record: decoded.record, modifiedAt: file.modifiedAt };
  }

  #unreadable(place: SessionPlace, type: "directory" | "special" | "too_large"): CommandError {
    switch (type) {
      case "special":
        return sessionPathUnsafe(place);
      case "directory":
        return sessionLoadFailed(place, { reason: "it is a directory", retryable: true, errno: "EISDIR" });
      case "too_large":
        return sessionLoadFailed(place, { reason: `it is larger than ${maxFileBytes} bytes`, retryable: true });
    }
  }

  async has(id: string): Promise<boolean> {
    assertSessionId(id);
    try {
      this.#look(id);
      return true;
    } catch (cause) {
      if (isAbsence(cause)) return false;
      throw cause instanceof CommandError
        ? cause
        : filesystemError(cause, { target: this.pathOf(id), operation: "open" });
    }
  }

  async lock(id: string, options: LockOptions): Promise<SessionLock> {
    assertSessionId(id);
    const { files, absoluteDirectory, openLockWorld } = this.#parts;
    const [{ makeDirectory }, { acquireSessionLock, FileSessionLock }, world] = await Promise.all([
      import("./make-directory.ts"),
      import("./session-lock.ts"),
      openLockWorld(),
    ]);
    const directory = makeDirectory(files, absoluteDirectory, this.directory);
    const session = { place: this.#placeOf(id), directory, world };
    const lock = await acquireSessionLock(session, options);
    return new FileSessionLock(session, lock, () => this.#assertReplaceable(id));
  }

  async delete(id: string, options: LockOptions): Promise<"deleted" | "not_found"> {
    assertSessionId(id);
    const { files } = this.#parts;
    try {
      this.#assertRemovable(id);
      const directory = files.realpathSync(this.#parts.absoluteDirectory);
      const { acquireSessionLock } = await import("./session-lock.ts");
      const session = { place: this.#placeOf(id), directory, world: await this.#parts.openLockWorld() };
      const lock = await acquireSessionLock(session, options);
      try {
        this.#assertRemovable(id);
        files.unlinkSync(`${directory}/${id}${suffix}`);
      } finally {
        lock.release();
      }
      return "deleted";
    } catch (thrown) {
      return this.#notDeleted(id, thrown);
    }
  }

  /** A system failure of any step, that of making the lock too, is the deletion's own [SES-9]. */
  #notDeleted(id: string, thrown: unknown): "not_found" {
    const cause = thrown instanceof CommandError && thrown.kind === "filesystem" ? thrown.options.cause : thrown;
    const errno = systemErrno(cause);
    if (errno === undefined) throw thrown;
    if (errno === "ENOENT") return "not_found";
    throw sessionDeleteFailed(this.#placeOf(id), { reason: removalProblems[errno] ?? errno, errno, cause });
  }

  #assertRemovable(id: string): void {
    if (this.#look(id) !== "directory") return;
    throw sessionDeleteFailed(this.#placeOf(id), { reason: "it is a directory", errno: "EISDIR" });
  }

  #assertReplaceable(id: string): void {
    let type: FileType;
    try {
      type = this.#look(id);
    } catch (cause) {
      if (systemErrno(cause) === "ENOENT") return;
      throw cause instanceof CommandError
        ? cause
        : filesystemError(cause, { target: this.pathOf(id), operation: "open" });
    }
    if (type !== "directory") return;
    const cause = Object.assign(new Error("a directory is in the place of the file"), {
      code: "EISDIR",
      syscall: "rename",
    });
    throw filesystemError(cause, { target: this.pathOf(id), operation: "rename" });
  }

  /** Errors: `session_path_unsafe`; what the system call throws. */
  #look(id: string): FileType {
    const type = fileType(this.#parts.files.lstatSync(this.#fileOf(id)));
    if (type === "special") throw sessionPathUnsafe(this.#placeOf(id));
    return type;
  }

  #placeOf(id: string): SessionPlace {
    return { id, directory: this.directory, path: this.pathOf(id) };
  }

  #fileOf(id: string): string {
    return `${this.#parts.absoluteDirectory}/${id}${suffix}`;
  }
}

const removalProblems: Readonly<Record<string, string>> = {
  EACCES: "permission denied (EACCES)",
  EPERM: "not permitted (EPERM)",
  EROFS: "the file system is read-only (EROFS)",
  ENOTDIR: "that directory is not a directory (ENOTDIR)",
};

const absences: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR"]);

function isAbsence(thrown: unknown): boolean {
  return absences.has(systemErrno(thrown));
}
