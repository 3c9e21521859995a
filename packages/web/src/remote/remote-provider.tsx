import type { RemoteEndReason } from "@parlatory/client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useMemo, useState, type ReactNode } from "react";
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
  // The first rendering shows one that is there already; it is this provider's from the effect on.
  const [session, setSession] = useState(() => early.look(access));
  useEffect(() => {
    const opened = early.take(access) ?? openRemoteSession({ access, queries, offline });
    opened.client.on("ended", ended);
    // One that was opened early may be at its end already.
    if (opened.client.state.name === "ended") ended(opened.client.state.reason);
    setSession(opened);
    return () => opened.close();
  }, [access, early, queries, offline]);
  const view = useMemo<RemoteView | undefined>(
    () => session && { client: session.client, access, earlier: session.earlier, signOut: onSignOut },
    [session, access, onSignOut],
  );
  if (view === undefined) return null;
  return (
    <RemoteContext value={view}>
      <HistoryKeeperContext value={offline.histories}>{children}</HistoryKeeperContext>
    </RemoteContext>
  );
}
