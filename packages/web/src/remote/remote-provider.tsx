import type { RemoteEndReason } from "@parlatory/client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState, type ReactNode } from "react";
import { HistoryKeeperContext } from "../conversation/history-keeper.ts";
import { useOffline } from "../offline/offline-context.ts";
import type { EarlySession } from "./early-session.ts";
import type { RemoteAccess } from "./remote-access.ts";
import { RemoteContext, type RemoteView } from "./remote-context.ts";
import { openRemoteSession } from "./remote-session.ts";

/** The one connection of the app to its server, for as long as it is signed in ([CLIENT-1]). */
export function RemoteProvider(props: {
  access: RemoteAccess;
  early: EarlySession;
  /** The key is not valid (any more); a new one is needed. */
  onRefused: () => void;
  onSignOut: () => void;
  children: ReactNode;
}) {
  const { access, early, onRefused, onSignOut, children } = props;
  const queries = useQueryClient();
  const offline = useOffline();
  const ended = useEffectEvent((reason: RemoteEndReason) => (reason.kind === "refused" ? onRefused() : undefined));
  const signOut = useEffectEvent(onSignOut);
  const [view, setView] = useState<RemoteView>();
  useEffect(() => {
    const session = early.take(access) ?? openRemoteSession({ access, queries, offline });
    const { client, earlier } = session;
    client.on("ended", ended);
    // One that was opened early may be at its end already.
    if (client.state.name === "ended") ended(client.state.reason);
    setView({ client, access, earlier, signOut: () => signOut() });
    return () => session.close();
  }, [access, early, queries, offline]);
  if (view === undefined) return null;
  return (
    <RemoteContext value={view}>
      <HistoryKeeperContext value={offline.histories}>{children}</HistoryKeeperContext>
    </RemoteContext>
  );
}
