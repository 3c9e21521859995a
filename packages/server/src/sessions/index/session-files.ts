/**
 * All sessions that have files: what surveys and watches say of them is taken in here, and becomes reads of those that
 * changed. It believes nobody that a file is gone, and knows nothing of summaries, lists or listeners.
 */
import type { Log } from "../../ports.ts";
import { COUNT_AT_ONCE_BYTES, FileSession, type FileSessionHost } from "./file-session.ts";
import type { SavedFile } from "./saved-index.ts";
import { stampOf } from "./survey/stamp-of.ts";
import type { SeenFile, Survey } from "./survey/surveyor.ts";

export interface SessionFilesOptions {
  readonly root: string;
  readonly log: Log;
  readonly host: FileSessionHost;
}

export class SessionFiles {
  readonly #options: SessionFilesOptions;
  readonly #sessions = new Map<string, FileSession>();
  /** Those whose end may become a line when nobody grows them ([HIST-4]). */
  readonly #torn = new Set<FileSession>();
  #isClosed = false;

  constructor(options: SessionFilesOptions) {
    this.#options = options;
  }

  get(sessionId: string): FileSession | undefined {
    return this.#sessions.get(sessionId);
  }

  get size(): number {
    return this.#sessions.size;
  }

  [Symbol.iterator](): Iterator<FileSession> {
    return this.#sessions.values();
  }

  /** Files of the first survey: begins to read those that are not as they were saved. The reads end in any case. */
  begin(files: readonly SeenFile[], saved: ReadonlyMap<string, SavedFile> | undefined, look: number): Promise<void>[] {
    const reads: Promise<void>[] = [];
    const unknown: SeenFile[] = [];
    for (const file of files) {
      const { path, sessionId, size } = file;
      const session = this.#ensure(sessionId);
      const read = saved?.get(sessionId);
      if (read !== undefined && session.file === undefined) session.restore(read);
      session.see(path, file, look);
      if (session.isCurrent) continue;
      if (session.file === undefined && size <= COUNT_AT_ONCE_BYTES) unknown.push(file);
      else reads.push(this.#readFirst(session));
    }
    if (unknown.length > 0) reads.push(this.#count(unknown));
    return reads;
  }

  /** Files of which nothing is known, together: alone they would cost several times as much. The rest is for `finish`. */
  async #count(files: readonly SeenFile[]): Promise<void> {
    const { host, log } = this.#options;
    const look = host.looks.begin();
    try {
      const states = await host.reader.count(files);
      for (const [i, { path, sessionId }] of files.entries()) {
        const state = states[i];
        if (state) this.get(sessionId)?.adopt(path, state, look);
      }
    } catch (error) {
      log.warn("session files could not be counted together; each is read alone", { error });
    }
  }

  /** The rest of a start: other files of an id in later folders, and torn ends that have been at rest for long. */
  async finish(): Promise<void> {
    const rest = [...this].filter((session) => !session.isCurrent || (session.isTorn && session.isAtRest));
    await Promise.all(rest.map((session) => this.#readFirst(session)));
  }

  takeSurvey({ files }: Survey, look: number): void {
    const seen = new Set<string>();
    for (const file of files) {
      seen.add(file.path);
      this.#ensure(file.sessionId).see(file.path, file, look);
    }
    for (const session of this) {
      for (const path of session.paths) if (!seen.has(path)) session.miss(path, look);
      if (!session.isCurrent) session.notice();
    }
  }

  /** Something happened to this file. One that counts is read at once, whatever happened. */
  notice(path: string, sessionId: string): void {
    const session = this.get(sessionId);
    if (session?.isChosen(path) === true) session.notice();
    else void this.lookAt(path, sessionId);
  }

  async lookAt(path: string, sessionId: string): Promise<void> {
    const { root, host } = this.#options;
    const look = host.looks.begin();
    const stamp = await stampOf(path, root);
    if (this.#isClosed) return;
    if (stamp === undefined) {
      this.get(sessionId)?.miss(path, look);
      return;
    }
    const session = this.#ensure(sessionId);
    session.see(path, stamp, look);
    if (!session.isCurrent) session.notice();
  }

  /** A read ended: what was torn may be whole, or the other way round. */
  noteEnd(session: FileSession): void {
    if (session.isTorn) this.#torn.add(session);
    else this.#torn.delete(session);
  }

  tick(): void {
    for (const session of this.#torn) {
      if (!session.isTorn) this.#torn.delete(session);
      else if (session.isAtRest) session.notice();
    }
  }

  /** What is worth saving of every file that was read. */
  saved(): SavedFile[] {
    return [...this].flatMap(({ sessionId, file }) => (file === undefined ? [] : [{ sessionId, ...file }]));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this].map((session) => session.close()));
  }

  #ensure(sessionId: string): FileSession {
    let session = this.#sessions.get(sessionId);
    if (session === undefined) {
      session = new FileSession(sessionId, this.#options.host);
      this.#sessions.set(sessionId, session);
    }
    return session;
  }

  async #readFirst(session: FileSession): Promise<void> {
    try {
      await session.readNow();
    } catch (error) {
      // One that cannot be read hides no other, and is tried again by the sweep.
      const { sessionId } = session;
      this.#options.log.warn("the file of a session could not be read; it is tried again", { sessionId, error });
    }
  }
}
