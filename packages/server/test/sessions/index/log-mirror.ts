import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import type { CatalogListener, SessionLog } from "../../../src/sessions/catalog.ts";

interface Followed {
  /** The log as it was opened, or as it began anew. */
  base: SessionLog;
  /** Ids that were told since. */
  readonly told: string[];
}

/** What a client knows that follows sessions: fails at once on a hole, an overlap or a numbering that nobody told of. */
export class LogMirror {
  readonly #followed = new Map<string, Followed>();
  readonly #known = new Map<string, { logId: string; ids: readonly string[] }>();

  readonly listener: CatalogListener = {
    onAppended: (log, messages) => {
      const followed = this.#followed.get(log.sessionId);
      if (followed === undefined) throw new Error(`messages of ${log.sessionId}, which nobody opened`);
      strictEqual(log.logId, followed.base.logId);
      const expected = messages.map((_, index) => this.#end(followed) + 1 + index);
      deepStrictEqual(
        messages.map(({ seq }) => seq),
        expected,
      );
      strictEqual(log.endSeq, messages.at(-1)?.seq);
      followed.told.push(...messages.map(({ id }) => id));
    },
    onReset: (log) => {
      notStrictEqual(log.logId, this.#followed.get(log.sessionId)?.base.logId);
      this.#followed.set(log.sessionId, { base: log, told: [] });
    },
  };

  get sessionIds(): string[] {
    return [...this.#followed.keys()];
  }

  /** The log was opened: it begins where the last word about it ended. */
  open(log: SessionLog): void {
    const followed = this.#followed.get(log.sessionId);
    if (followed === undefined) this.#followed.set(log.sessionId, { base: log, told: [] });
    else deepStrictEqual([log.logId, log.endSeq], [followed.base.logId, this.#end(followed)]);
  }

  /** What was told is what the log has, and that is what is `expected`. */
  async check(log: SessionLog, expected: readonly string[]): Promise<void> {
    this.open(log);
    const followed = this.#followed.get(log.sessionId);
    const ids = (await log.read(1, log.endSeq)).map(({ id }) => id);
    deepStrictEqual(ids, expected);
    deepStrictEqual(followed?.told, ids.slice(followed?.base.endSeq));
    this.#known.set(log.sessionId, { logId: log.logId, ids });
  }

  /** Another catalog goes on: the numbering holds exactly where every message has its place still ([HIST-10]). */
  async resume(log: SessionLog): Promise<void> {
    const known = this.#known.get(log.sessionId);
    const ids = (await log.read(1, log.endSeq)).map(({ id }) => id);
    if (known !== undefined) {
      const isKept = known.ids.every((id, index) => ids[index] === id);
      strictEqual(log.logId === known.logId, isKept, `${known.ids.length} messages, then ${ids.length}`);
    }
    this.#followed.set(log.sessionId, { base: log, told: [] });
    this.#known.set(log.sessionId, { logId: log.logId, ids });
  }

  /** There is no such session now; what its client knew last was never asked for. */
  lose(sessionId: string): void {
    this.#followed.delete(sessionId);
    this.#known.delete(sessionId);
  }

  forget(): void {
    this.#followed.clear();
  }

  #end({ base, told }: Followed): number {
    return base.endSeq + told.length;
  }
}
