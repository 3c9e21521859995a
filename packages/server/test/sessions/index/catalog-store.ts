import type { CatalogStore } from "../../../src/sessions/index/indexed-catalog.ts";
import type { RemoteSessionRow, SessionEventRow, SessionNumberingRow } from "../../../src/store/remote-store.ts";
import { StoreUnavailableError } from "../../../src/store/store.ts";

/** What the catalog asks of a store, in memory; it outlives catalogs as a database does. */
export class MemoryCatalogStore implements CatalogStore {
  readonly sessions = new Map<string, RemoteSessionRow>();
  readonly numberings = new Map<string, SessionNumberingRow>();
  readonly events = new Map<string, SessionEventRow[]>();
  isAway = false;

  findSession(sessionId: string): Promise<RemoteSessionRow | undefined> {
    return this.#answer(() => this.sessions.get(sessionId));
  }

  listSessions(): Promise<RemoteSessionRow[]> {
    return this.#answer(() => [...this.sessions.values()]);
  }

  findNumbering(sessionId: string): Promise<SessionNumberingRow | undefined> {
    return this.#answer(() => this.numberings.get(sessionId));
  }

  saveNumbering(row: SessionNumberingRow): Promise<void> {
    return this.#answer(() => void this.numberings.set(row.sessionId, row));
  }

  appendSessionEvents(
    sessionId: string,
    records: readonly { id: string; recordJson: string }[],
  ): Promise<SessionEventRow[]> {
    return this.#answer(() => {
      const rows = this.events.get(sessionId) ?? [];
      this.events.set(sessionId, rows);
      const added: SessionEventRow[] = [];
      for (const { id, recordJson } of records) {
        if (rows.some((row) => row.id === id)) continue;
        const row = { sessionId, seq: (rows.at(-1)?.seq ?? 0) + 1, id, recordJson };
        rows.push(row);
        added.push(row);
      }
      return added;
    });
  }

  readSessionEvents(sessionId: string, fromSeq: number, toSeq: number): Promise<SessionEventRow[]> {
    return this.#answer(() => (this.events.get(sessionId) ?? []).filter(({ seq }) => seq >= fromSeq && seq <= toSeq));
  }

  summarizeSessionEvents(): Promise<
    { sessionId: string; count: number; first: SessionEventRow; last: SessionEventRow }[]
  > {
    return this.#answer(() =>
      [...this.events].flatMap(([sessionId, rows]) => {
        const [first, last] = [rows[0], rows.at(-1)];
        return first === undefined || last === undefined ? [] : [{ sessionId, count: rows.length, first, last }];
      }),
    );
  }

  async #answer<Result>(answer: () => Result): Promise<Result> {
    await Promise.resolve();
    if (this.isAway) throw new StoreUnavailableError("Cannot use the database: it is away.");
    return answer();
  }
}
