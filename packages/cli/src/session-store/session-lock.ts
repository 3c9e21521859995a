/** The right to write one session, as its store hands it out [SES-8], [SES-9]. */
import { encodeSession } from "./encode-session.ts";
import { LockFile, type LockDrafts, type LockWorld } from "./lock-file.ts";
import { sessionLocked, type SessionPlace } from "./session-errors.ts";
import type { SessionRecord } from "./session-record.ts";
import type { LockOptions, SessionLock } from "./session-store.ts";
import { quietly, writeWholeFile } from "./write-whole-file.ts";

export interface LockedSession {
  readonly place: SessionPlace;
  /** Real path of the store; it exists. */
  readonly directory: string;
  readonly world: LockWorld;
}

/** Errors: `session_locked`, `filesystem`, the signal's reason. */
export function acquireSessionLock(session: LockedSession, options: LockOptions): Promise<LockFile> {
  const { place, directory, world } = session;
  const { id, path: shownFile } = place;
  const shownPath = `${shownFile.slice(0, -`${id}.json`.length)}.${id}.lock`;
  return LockFile.acquire(world, {
    path: `${directory}/.${id}.lock`,
    shownPath,
    draftsOf: (token) => draftsOf(`${directory}/.${id}.${token}`),
    timeoutMs: options.timeoutMs,
    get signal() {
      return options.signal;
    },
    locked: (holder) => sessionLocked(place, { path: shownPath, holder, now: world.now() }),
  });
}

const draftsOf = (stem: string): LockDrafts => ({
  lock: `${stem}.lock.tmp`,
  stale: `${stem}.stale.tmp`,
  work: `${stem}.tmp`,
});
/** What follows `.ID.` in the names above; a longer id never looks like them. */
const draftName = /^[0-9a-f]{32}(?:\.lock|\.stale)?\.tmp$/;
const leftoverAgeMs = 3_600_000;

export class FileSessionLock implements SessionLock {
  readonly #session: LockedSession;
  readonly #lock: LockFile;
  readonly #assertReplaceable: () => void;

  /** @param assertReplaceable throws for what may not be replaced by a session */
  constructor(session: LockedSession, lock: LockFile, assertReplaceable: () => void) {
    this.#session = session;
    this.#lock = lock;
    this.#assertReplaceable = assertReplaceable;
  }

  async save(record: SessionRecord): Promise<void> {
    const { place, directory, world } = this.#session;
    this.#assertReplaceable();
    writeWholeFile(world.files, {
      directory,
      name: `${place.id}.json`,
      temporaryName: this.#lock.workDraft.slice(directory.length + 1),
      text: encodeSession(record),
      mode: "replace",
      shownPath: place.path,
      beforePlacing: () => this.#assertHeld(),
    });
    quietly(() => this.#removeLeftovers());
  }

  async release(): Promise<void> {
    this.#lock.release();
  }

  #assertHeld(): void {
    if (this.#lock.isHeld()) return;
    const { place, world } = this.#session;
    const holder = this.#lock.holder();
    throw sessionLocked(place, { path: this.#lock.shownPath, holder, now: world.now(), isLost: true });
  }

  /** Drafts of this session whose writers died without a lock that would name them. */
  #removeLeftovers(): void {
    const { place, directory, world } = this.#session;
    const { files } = world;
    const prefix = `.${place.id}.`;
    const drafts = files
      .readdirSync(directory)
      .filter((name) => name.startsWith(prefix) && draftName.test(name.slice(prefix.length)));
    if (drafts.length === 0) return;
    // Ages by the file system's own clock: that of the file just written.
    const { mtimeMs } = files.lstatSync(`${directory}/${place.id}.json`);
    for (const name of drafts) {
      const path = `${directory}/${name}`;
      if (mtimeMs - files.lstatSync(path).mtimeMs > leftoverAgeMs) quietly(() => files.unlinkSync(path));
    }
  }
}
