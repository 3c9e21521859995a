import type { RemoteClient } from "@parlatory/client";
import type { Query, QueryClient } from "@tanstack/react-query";
import { followSessionLists } from "../sessions/follow-session-lists.ts";
import { permissionDeskOf } from "./permission-desk.ts";
import { remoteKeys } from "./remote-keys.ts";

/** Keeps what was asked of the server true by what the server tells unasked. */
export function followRemote(client: RemoteClient, queries: QueryClient): void {
  permissionDeskOf(client);
  followSessionLists(client, queries);
  client.on("session_info", ({ session }) => {
    queries.setQueryData(remoteKeys.session(session.session_id), session);
  });
  // What changed while there was no connection was told to nobody. What is being asked for now is asked on this one.
  client.on("caughtUp", () => {
    const isIdle = (query: Query): boolean => query.state.fetchStatus === "idle";
    void queries.invalidateQueries({ queryKey: remoteKeys.all, predicate: isIdle });
  });
}
