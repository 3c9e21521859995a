import { expect } from "vitest";
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
      expect(log.logId).toBe(followed.base.logId);
      expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => this.#end(followed) + 1 + index));
      expect(log.endSeq).toBe(messages.at(-1)?.seq);
      followed.told.push(...messages.map(({ id }) => id));
    },
    onReset: (log) => {
      expect(log.logId).not.toBe(this.#followed.get(log.sessionId)?.base.logId);
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
    else expect([log.logId, log.endSeq]).toEqual([followed.base.logId, this.#end(followed)]);
  }

  /** What was told is what the log has. */
  async check(log: SessionLog): Promise<void> {
    this.open(log);
    const followed = this.#followed.get(log.sessionId);
    const ids = (await log.read(1, log.endSeq)).map(({ id }) => id);
    expect(ids).toHaveLength(log.endSeq);
    expect(followed?.told).toEqual(ids.slice(followed?.base.endSeq));
    this.#known.set(log.sessionId, { logId: log.logId, ids });
  }

  /** Another catalog goes on: the numbering holds exactly where every message has its place still ([HIST-10]). */
  async resume(log: SessionLog): Promise<void> {
    const known = this.#known.get(log.sessionId);
    const ids = (await log.read(1, log.endSeq)).map(({ id }) => id);
    if (known !== undefined) {
      const isKept = known.ids.every((id, index) => ids[index] === id);
      expect(log.logId === known.logId, `${known.ids.length} messages, then ${ids.length}`).toBe(isKept);
    }
    this.#followed.set(log.sessionId, { base: log, told: [] });
  }

  forget(): void {
    this.#followed.clear();
  }

  #end({ base, told }: Followed): number {
    return base.endSeq + told.length;
  }
}
