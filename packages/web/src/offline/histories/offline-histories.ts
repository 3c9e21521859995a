/**
 * Histories of the sessions that were read last, so that they can be read without a connection. Only a copy of what the
 * server has: whatever goes wrong, it is as if nothing was kept.
 */
import type { HistorySnapshot } from "@parlatory/client";
import type { OfflineDatabase } from "../offline-database.ts";
import { putCopy, trimCopies, type CopyStores } from "../session-copies.ts";

export interface HistoryBounds {
  readonly sessions: number;
  /** Of one session, the newest. */
  readonly messages: number;
  /** Of one session; of a larger one fewer messages are kept. */
  readonly sessionBytes: number;
  readonly totalBytes: number;
}

export const historyBounds: HistoryBounds = {
  sessions: 50,
  messages: 1_000,
  sessionBytes: 4 * 1024 * 1024,
  totalBytes: 32 * 1024 * 1024,
};

const stores: CopyStores = { values: "histories", uses: "historyUses" };

export class OfflineHistories {
  readonly #database: OfflineDatabase;
  readonly #now: () => number;
  readonly #bounds: HistoryBounds;

  constructor(database: OfflineDatabase, now: () => number, bounds: HistoryBounds = historyBounds) {
    this.#database = database;
    this.#now = now;
    this.#bounds = bounds;
  }

  async load(sessionId: string): Promise<HistorySnapshot | undefined> {
    try {
      const open = await this.#database.open();
      return await open?.get("histories", sessionId);
    } catch {
      return undefined;
    }
  }

  /** Keeps the newest part of it, and forgets the sessions that were read longest ago when there are too many. */
  async save(sessionId: string, snapshot: HistorySnapshot): Promise<void> {
    const { bytes, ...kept } = cut(snapshot, this.#bounds);
    try {
      const open = await this.#database.open();
      if (open === undefined) return;
      await putCopy(open, stores, kept, { sessionId, usedAt: this.#now(), bytes });
      await trimCopies(open, stores, this.#bounds);
    } catch {
      await this.clear();
    }
  }

  async clear(): Promise<void> {
    try {
      const open = await this.#database.open();
      if (open === undefined) return;
      const transaction = open.transaction(["histories", "historyUses"], "readwrite");
      await Promise.all([
        transaction.objectStore("histories").clear(),
        transaction.objectStore("historyUses").clear(),
        transaction.done,
      ]);
    } catch {
      // What cannot be cleared cannot be read either.
    }
  }
}

function cut(
  snapshot: HistorySnapshot,
  { messages, sessionBytes }: HistoryBounds,
): HistorySnapshot & { bytes: number } {
  let bytes = 0;
  let first = snapshot.messages.length;
  while (first > 0 && snapshot.messages.length - first < messages) {
    const size = JSON.stringify(snapshot.messages[first - 1]).length;
    if (bytes + size > sessionBytes && bytes > 0) break;
    bytes += size;
    first -= 1;
  }
  return {
    logId: snapshot.logId,
    messages: snapshot.messages.slice(first),
    hasOlder: snapshot.hasOlder || first > 0,
    bytes,
  };
}
