import type { RemoteClient } from "@parlatory/client";
import { hashKey, type Query, type QueryClient } from "@tanstack/react-query";
import { ignoredSystemPrompts } from "../session/ignored-system-prompts.ts";
import { followSessionLists } from "../sessions/follow-session-lists.ts";
import type { SessionListData } from "../sessions/session-list-data.ts";
import { permissionDeskOf } from "./permission-desk.ts";
import { remoteKeys } from "./remote-keys.ts";

/** Keeps what was asked of the server true by what the server tells unasked. */
export function followRemote(client: RemoteClient, queries: QueryClient): void {
  permissionDeskOf(client);
  followSessionLists(client, queries);
  client.on("session_info", ({ session }) => {
    queries.setQueryData(remoteKeys.session(session.session_id), session);
  });
  client.on("ack", ({ session_id: sessionId, system_prompt_applied: isApplied }) => {
    if (sessionId !== undefined && isApplied !== undefined) ignoredSystemPrompts.note(sessionId, isApplied);
  });
  // What changed while there was no connection was told to nobody. What is being asked for now is asked on this one, and the
  // list of all sessions has just come; a longer page of it is asked for only when there is more.
  const told = remoteKeys.sessionList({});
  client.on("caughtUp", () => {
    const isWhole = queries.getQueryData<SessionListData>(told)?.nextCursor === null;
    const isNew = ({ state, queryHash }: Query): boolean =>
      state.fetchStatus !== "idle" || (isWhole && queryHash === hashKey(told));
    void queries.invalidateQueries({ queryKey: remoteKeys.all, predicate: (query) => !isNew(query) });
  });
}
