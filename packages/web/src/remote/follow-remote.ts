import type { RemoteClient } from "@parlatory/client";
import type { QueryClient } from "@tanstack/react-query";
import { followSessionLists } from "../sessions/follow-session-lists.ts";
import { permissionDeskOf } from "./permission-desk.ts";
import { remoteKeys } from "./remote-keys.ts";

/** Keeps what was asked of the server true by what the server tells unasked. */
export function followRemote(client: RemoteClient, queries: QueryClient): void {
  const outdated = (queryKey: readonly unknown[]): void => void queries.invalidateQueries({ queryKey });
  permissionDeskOf(client);
  followSessionLists(client, queries);
  client.on("session_info", ({ session }) => {
    queries.setQueryData(remoteKeys.session(session.session_id), session);
  });
  for (const event of ["session_created", "recent_sessions", "session_name_inferred"] as const) {
    client.on(event, (frame) => (frame.correlation_id === undefined ? outdated(remoteKeys.lists) : undefined));
  }
  // What changed while there was no connection was told to nobody.
  client.on("caughtUp", () => outdated(remoteKeys.all));
}
