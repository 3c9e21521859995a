/**
 * What is known of a list of sessions: pages that were asked for, kept true by what the server tells unasked. It must not
 * know connections or the cache it lies in. `sessions` is whole from its beginning down to `nextCursor`, and whole where
 * that is null; below the cursor there may be single sessions that were heard of.
 */
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { compareSessions, passes, toKnownSession, type KnownSession, type SessionFilter } from "./known-session.ts";

export interface SessionListData {
  /** In the order of the list. */
  readonly sessions: readonly KnownSession[];
  /** Of all that pass the filter, loaded or not. */
  readonly totalCount: number;
  readonly nextCursor: string | null;
}

type Page = RemoteServerMessageOf<"session_list">;

/**
 * The beginning of the list as it is now. What was loaded below it stays as far as it must still be right: a session of the
 * page that has not changed shows that nothing below it has. Otherwise too much has changed, and only the page is kept.
 */
export function withFirstPage(known: SessionListData | undefined, page: Page): SessionListData {
  const fresh = page.sessions.map(toKnownSession);
  const alone = { sessions: fresh, totalCount: page.total_count, nextCursor: page.next_cursor };
  const last = fresh.at(-1);
  if (known === undefined || last === undefined || page.next_cursor === null) return alone;
  const before = new Map(known.sessions.map((session) => [session.sessionId, session]));
  if (!fresh.some((session) => before.get(session.sessionId)?.lastModified === session.lastModified)) return alone;
  const below = known.sessions.filter((session) => compareSessions(last, session) < 0);
  if (below.length === 0) return alone;
  const sessions = inOrder([...below, ...fresh]);
  const isImpossible =
    sessions.length > page.total_count || (known.nextCursor === null && sessions.length < page.total_count);
  return isImpossible ? alone : { sessions, totalCount: page.total_count, nextCursor: known.nextCursor };
}

/** The page after what is known. */
export function withNextPage(known: SessionListData, page: Page): SessionListData {
  return {
    sessions: inOrder([...known.sessions, ...page.sessions.map(toKnownSession)]),
    totalCount: page.total_count,
    nextCursor: page.next_cursor,
  };
}

/** The newest sessions of all: what stood among them and does not any more has left the list ([SESS-3]). */
export function withRecent(
  known: SessionListData,
  recent: RemoteServerMessageOf<"recent_sessions">,
  filter: SessionFilter,
): SessionListData {
  const fresh = recent.sessions.map(toKnownSession);
  const last = fresh.at(-1);
  const kept = last === undefined ? [] : known.sessions.filter((session) => compareSessions(last, session) < 0);
  const sessions = inOrder([...kept, ...fresh.filter((session) => passes(filter, session))]);
  return { ...known, sessions, totalCount: known.totalCount + sessions.length - known.sessions.length };
}

/** A session that was heard of. One that is not in the list comes into it only if it `isNew`. */
export function withSession(known: SessionListData, session: KnownSession, isNew: boolean): SessionListData {
  const isKnown = known.sessions.some(({ sessionId }) => sessionId === session.sessionId);
  if (!isKnown && !isNew) return known;
  const sessions = inOrder([...known.sessions, session]);
  return { ...known, sessions, totalCount: known.totalCount + (isKnown ? 0 : 1) };
}

export function withName(known: SessionListData, sessionId: string, name: string): SessionListData {
  const session = known.sessions.find((each) => each.sessionId === sessionId);
  return session === undefined ? known : withSession(known, { ...session, name }, false);
}

export function withoutSession(known: SessionListData, sessionId: string): SessionListData {
  const sessions = known.sessions.filter((session) => session.sessionId !== sessionId);
  if (sessions.length === known.sessions.length) return known;
  return { ...known, sessions, totalCount: Math.max(sessions.length, known.totalCount - 1) };
}

/** Of several with one id the last one counts. */
function inOrder(sessions: readonly KnownSession[]): readonly KnownSession[] {
  return [...new Map(sessions.map((session) => [session.sessionId, session])).values()].sort(compareSessions);
}
