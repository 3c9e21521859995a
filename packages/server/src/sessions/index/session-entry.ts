import type { NotedSession } from "../catalog.ts";
import type { SessionSummary } from "../session.ts";
import type { OwnLog } from "./own-log.ts";

/** What the catalog holds of one session beside its files. */
export interface SessionEntry {
  readonly sessionId: string;
  own?: OwnLog | undefined;
  note?: NotedSession | undefined;
  /** As it was told last; undefined when there is no such session. */
  summary?: SessionSummary | undefined;
  /** Listeners know that it has messages, or it had them before they listened ([WATCH-6]). */
  isAnnounced: boolean;
  /** The numbering of its empty log, given to a client before there was a record ([SUB-2]). */
  emptyLogId?: string | undefined;
}
