/**
 * The names of the numberings of logs ([HIST-10]): random, made when a session is first numbered for a client, kept in
 * the store with what a later look at the file is compared with ([HIST-11]). What was told to a client is saved a little
 * later, never lost on a stop. A store that is away makes a name that lasts as long as this process: history can be read
 * without it ([CRASH-6]).
 */
import type { Log, RandomBytes, Scheduler } from "../../ports.ts";
import type { RemoteStore } from "../../store/remote-store.ts";
import type { LogFingerprint } from "../log/log-reader.ts";

/** Rises when the filter of [HIST-2] changes which records are messages: every numbering then begins anew. */
const FILTER_VERSION = 1;
const LOG_ID_BYTES = 8;
const SAVE_AFTER_MS = 5_000;

export interface NumberingsOptions {
  readonly store: Pick<RemoteStore, "findNumbering" | "saveNumbering">;
  readonly randomBytes: RandomBytes;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

interface Numbering {
  readonly logId: string;
  /** What was numbered last. */
  numbered: LogFingerprint;
}

export class Numberings {
  readonly #options: NumberingsOptions;
  readonly #numberings = new Map<string, Numbering>();
  readonly #unsaved = new Set<string>();
  readonly #resuming = new Map<string, Promise<unknown>>();
  #cancelSave: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: NumberingsOptions) {
    this.#options = options;
  }

  /**
   * The name of a session's numbering, the kept one where every message that was numbered has its place still.
   * `isKept`: whether the messages that were numbered are the first ones of the longer log there is now.
   */
  async resume(
    sessionId: string,
    now: LogFingerprint,
    isKept: (numbered: LogFingerprint) => Promise<boolean>,
  ): Promise<string> {
    // Two that ask at once get one name.
    const before = this.#resuming.get(sessionId) ?? Promise.resolve();
    const resumed = before.then(() => this.#resume(sessionId, now, isKept));
    const settled: Promise<unknown> = resumed
      .catch(() => undefined)
      .then(() => {
        if (this.#resuming.get(sessionId) === settled) this.#resuming.delete(sessionId);
      });
    this.#resuming.set(sessionId, settled);
    return resumed;
  }

  async #resume(
    sessionId: string,
    now: LogFingerprint,
    isKept: (numbered: LogFingerprint) => Promise<boolean>,
  ): Promise<string> {
    const known = this.#numberings.get(sessionId) ?? (await this.#find(sessionId));
    if (known === undefined || !(await holds(known.numbered, now, isKept))) return this.renew(sessionId, now);
    this.#numberings.set(sessionId, known);
    this.advance(sessionId, now);
    return known.logId;
  }

  /** A new numbering, which is in the store before anybody is told of it. */
  async renew(sessionId: string, { count, idsHash }: LogFingerprint): Promise<string> {
    const logId = Buffer.from(this.#options.randomBytes(LOG_ID_BYTES)).toString("hex");
    this.#numberings.set(sessionId, { logId, numbered: { count, idsHash } });
    this.#unsaved.add(sessionId);
    await this.#save();
    return logId;
  }

  /** The numbering now goes as far as this. */
  advance(sessionId: string, { count, idsHash }: LogFingerprint): void {
    const numbering = this.#numberings.get(sessionId);
    if (numbering === undefined || numbering.numbered.count === count) return;
    numbering.numbered = { count, idsHash };
    this.#unsaved.add(sessionId);
    this.#saveLater();
  }

  /** Whether messages of this session were ever numbered: then it had a file ([HIST-13]). */
  async wasNumbered(sessionId: string): Promise<boolean> {
    const numbering = this.#numberings.get(sessionId) ?? (await this.#find(sessionId));
    return numbering !== undefined && numbering.numbered.count > 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    await this.#save();
  }

  async #find(sessionId: string): Promise<Numbering | undefined> {
    try {
      const row = await this.#options.store.findNumbering(sessionId);
      if (row === undefined) return undefined;
      const { version, count, idsHash } = JSON.parse(row.fingerprintJson) as LogFingerprint & { version: number };
      return version === FILTER_VERSION ? { logId: row.logId, numbered: { count, idsHash } } : undefined;
    } catch (error) {
      this.#options.log.warn("the numbering of a session cannot be read; it gets a new one", { sessionId, error });
      return undefined;
    }
  }

  #saveLater(): void {
    if (this.#isClosed) return;
    this.#cancelSave ??= this.#options.scheduler.after(SAVE_AFTER_MS, () => {
      this.#cancelSave = undefined;
      void this.#save();
    });
  }

  /** One save after another, so that an older state never overwrites a newer one. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveAll());
    return this.#saving;
  }

  async #saveAll(): Promise<void> {
    const { store, log } = this.#options;
    for (const sessionId of this.#unsaved) {
      const numbering = this.#numberings.get(sessionId);
      if (numbering === undefined) continue;
      this.#unsaved.delete(sessionId);
      const { logId, numbered } = numbering;
      try {
        const fingerprintJson = JSON.stringify({ version: FILTER_VERSION, ...numbered });
        await store.saveNumbering({ sessionId, logId, fingerprintJson });
      } catch (error) {
        log.warn("the numbering of a session cannot be saved yet", { sessionId, error });
        this.#unsaved.add(sessionId);
        this.#saveLater();
        return;
      }
    }
  }
}

async function holds(
  numbered: LogFingerprint,
  now: LogFingerprint,
  isKept: (numbered: LogFingerprint) => Promise<boolean>,
): Promise<boolean> {
  if (numbered.count === 0) return true;
  if (now.count < numbered.count) return false;
  return now.count === numbered.count ? now.idsHash === numbered.idsHash : isKept(numbered);
}
