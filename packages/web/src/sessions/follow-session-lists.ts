import type { RemoteClient } from "@parlatory/client";
import type { QueryClient } from "@tanstack/react-query";
import { remoteKeys } from "../remote/remote-keys.ts";
import { passes, toKnownSession, type SessionFilter } from "./known-session.ts";
import { withFirstPage, withName, withRecent, withSession, type SessionListData } from "./session-list-data.ts";

/** Keeps the lists of sessions true without asking again: every push of the server is put where it belongs ([CLIENT-1]). */
export function followSessionLists(client: RemoteClient, queries: QueryClient): void {
  const change = (how: (known: SessionListData, filter: SessionFilter) => SessionListData): void => {
    for (const [key] of queries.getQueriesData<SessionListData>({ queryKey: remoteKeys.sessionLists })) {
      const filter = key.at(-1) as SessionFilter;
      queries.setQueryData<SessionListData>(key, (known) => (known === undefined ? undefined : how(known, filter)));
    }
  };
  client.on("session_list", (page) => {
    // What was asked for is put away by whoever asked.
    if (page.correlation_id !== undefined) return;
    queries.setQueryData<SessionListData>(remoteKeys.sessionList({}), (known) => withFirstPage(known, page));
  });
  client.on("recent_sessions", (recent) => change((known, filter) => withRecent(known, recent, filter)));
  client.on("session_created", (entry) => {
    const session = toKnownSession(entry);
    change((known, filter) => (passes(filter, session) ? withSession(known, session, true) : known));
  });
  client.on("session_info", ({ session }) => {
    change((known) => withSession(known, toKnownSession(session), false));
  });
  // Until now everything that happened was told: from here on the lists get old.
  client.on("down", () => change((known) => ({ ...known })));
  client.on("session_name_inferred", ({ session_id: sessionId, name }) => {
    change((known) => withName(known, sessionId, name));
  });
}
