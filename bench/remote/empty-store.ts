import type { CatalogStore } from "../../packages/server/src/sessions/index/indexed-catalog.ts";
import type { SessionNumberingRow } from "../../packages/server/src/store/remote-store.ts";

/** A store without sessions of our own; numberings are kept in memory. */
export function emptyStore(): CatalogStore {
  const numberings = new Map<string, SessionNumberingRow>();
  return {
    findSession: () => Promise.resolve(undefined),
    listSessions: () => Promise.resolve([]),
    findNumbering: (sessionId) => Promise.resolve(numberings.get(sessionId)),
    saveNumbering: (row) => Promise.resolve(void numberings.set(row.sessionId, row)),
    appendSessionEvents: () => Promise.resolve([]),
    readSessionEvents: () => Promise.resolve([]),
    summarizeSessionEvents: () => Promise.resolve([]),
  };
}
