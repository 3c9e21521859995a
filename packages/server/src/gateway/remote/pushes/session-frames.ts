/** Frames about sessions, from what the catalog and the run desk know at the moment. */
import { toWireTime, type RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { SessionCatalog } from "../../../sessions/catalog.ts";
import type { RunDesk } from "../../../sessions/run-desk.ts";
import type { SessionSummary } from "../../../sessions/session.ts";
import { fitItems, fitSession } from "../frames/fit-session.ts";
import { jsonBytes } from "../frames/cut-strings.ts";
import type { Peer } from "../peer.ts";
import { toSessionDetail, toSessionEntry, toSessionListEntry } from "../wire/session-wire.ts";

export interface SessionSources {
  readonly catalog: SessionCatalog;
  readonly runs: Pick<RunDesk, "status">;
}

export interface ListQuery {
  readonly workingDirectory?: string | undefined;
  readonly agent?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** The newest sessions that this client session has not hidden ([SESS-1], [SESS-2]). */
export function makeRecentSessions(
  { catalog, runs }: SessionSources,
  peer: Peer,
): RemoteServerMessageOf<"recent_sessions"> {
  const { sessions } = catalog.page({ hidden: peer.clientSession.hidden, limit: peer.recentLimit });
  return {
    type: "recent_sessions",
    sessions: sessions.map((summary) => toSessionEntry(summary, runs.status(summary.sessionId))),
    limit: peer.recentLimit,
  };
}

/** As many as fit, then a cursor for the rest ([RLIM-3]). */
export function makeSessionList(
  { catalog, runs }: SessionSources,
  peer: Peer,
  query: ListQuery,
  budgetBytes: number,
): RemoteServerMessageOf<"session_list"> {
  const filter = { ...query, hidden: peer.clientSession.hidden };
  let page = catalog.page(filter);
  const entries = page.sessions.map((summary) => toSessionListEntry(summary, runs.status(summary.sessionId)));
  // The longest cursor is not known before the page is: a shorter page may have a longer one.
  const envelope = { type: "session_list" as const, sessions: [], total_count: page.totalCount, has_more: false };
  const room = budgetBytes - jsonBytes({ ...envelope, next_cursor: "" }) - CURSOR_ROOM_BYTES;
  const sessions = fitItems(entries, room, fitSession);
  if (sessions.length < entries.length) page = catalog.page({ ...filter, limit: sessions.length });
  return {
    ...envelope,
    sessions,
    has_more: page.nextCursor !== null,
    next_cursor: page.nextCursor,
  };
}

/** The log is counted for its id, which only then exists ([HIST-10]); undefined when there is no such session. */
export async function makeSessionInfo(
  { catalog, runs }: SessionSources,
  sessionId: string,
): Promise<RemoteServerMessageOf<"session_info"> | undefined> {
  const log = await catalog.open(sessionId);
  const summary = catalog.get(sessionId) ?? (await catalog.find(sessionId));
  if (log === undefined || summary === undefined) return undefined;
  return { type: "session_info", session: toSessionDetail(summary, runs.status(sessionId), log.logId) };
}

export function makeSessionCreated(
  { runs }: SessionSources,
  summary: SessionSummary,
): RemoteServerMessageOf<"session_created"> {
  return { type: "session_created", ...toSessionListEntry(summary, runs.status(summary.sessionId)) };
}

export function makePong(now: number): RemoteServerMessageOf<"pong"> {
  return { type: "pong", server_time: toWireTime(now) };
}

const CURSOR_ROOM_BYTES = 256;
