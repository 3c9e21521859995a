import type { NotedSession } from "../catalog.ts";
import type { SessionSummary } from "../session.ts";
import type { FileSession } from "./file-session.ts";
import type { OwnLog } from "./own-log.ts";

/** All that the catalog holds of one session. */
export interface SessionEntry {
  readonly sessionId: string;
  file?: FileSession | undefined;
  own?: OwnLog | undefined;
  note?: NotedSession | undefined;
  /** As it was told last; undefined when there is no such session. */
  summary?: SessionSummary | undefined;
  /** Listeners know that it has messages, or it had them before they listened ([WATCH-6]). */
  isAnnounced: boolean;
  /** The numbering of its empty log, given to a client before there was a record ([SUB-2]). */
  emptyLogId?: string | undefined;
}
