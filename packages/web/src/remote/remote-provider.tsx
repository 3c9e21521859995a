import { RemoteClient, createWebPlatform } from "@parlatory/client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState, type ReactNode } from "react";
import { promptDeskOf } from "../composer/prompt-desk.ts";
import { HistoryKeeperContext } from "../conversation/history-keeper.ts";
import { useOffline } from "../offline/offline-context.ts";
import { followPage } from "./follow-page.ts";
import { followRemote } from "./follow-remote.ts";
import type { RemoteAccess } from "./remote-access.ts";
import { RemoteContext, type RemoteView } from "./remote-context.ts";

/** The one connection of the app to its server, for as long as it is signed in ([CLIENT-1]). */
export function RemoteProvider(props: {
  access: RemoteAccess;
  /** The key is not valid (any more); a new one is needed. */
  onRefused: () => void;
  onSignOut: () => void;
  children: ReactNode;
}) {
  const { access, onRefused, onSignOut, children } = props;
  const queries = useQueryClient();
  const offline = useOffline();
  const refused = useEffectEvent(onRefused);
  const signOut = useEffectEvent(onSignOut);
  const [view, setView] = useState<RemoteView>();
  useEffect(() => {
    const stores = offline.openClient(access.clientSessionId, (prompts) => client.adopt(prompts));
    const client = new RemoteClient({
      ...stores.options,
      url: location.origin,
      clientSessionId: access.clientSessionId,
      apiKey: access.apiKey,
      deviceName: access.deviceName,
      platform: createWebPlatform(),
      capabilities: ["stream", "blocks", "lean", "approvals", "session_events", "output_batch"],
      recentSessionsLimit: 50,
    });
    client.on("ended", (reason) => (reason.kind === "refused" ? refused() : undefined));
    followRemote(client, queries);
    // What is refused while no session is shown must find its way back too.
    promptDeskOf(client);
    const endFollowing = followPage(client, offline, stores);
    setView({ client, access, earlier: stores.earlier, signOut: () => signOut() });
    client.connect();
    return () => {
      endFollowing();
      void client.close().finally(() => stores.close());
    };
  }, [access, queries, offline]);
  if (view === undefined) return null;
  return (
    <RemoteContext value={view}>
      <HistoryKeeperContext value={offline.histories}>{children}</HistoryKeeperContext>
    </RemoteContext>
  );
}
