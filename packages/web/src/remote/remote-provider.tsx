import { RemoteClient, createWebPlatform } from "@parlatory/client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState, type ReactNode } from "react";
import { promptDeskOf } from "../composer/prompt-desk.ts";
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
  const refused = useEffectEvent(onRefused);
  const signOut = useEffectEvent(onSignOut);
  const [view, setView] = useState<RemoteView>();
  useEffect(() => {
    const client = new RemoteClient({
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
    const wake = (): void => {
      if (document.visibilityState === "visible") client.wake();
    };
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    setView({ client, access, signOut: () => signOut() });
    client.connect();
    return () => {
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      void client.close();
    };
  }, [access, queries]);
  return view === undefined ? null : <RemoteContext value={view}>{children}</RemoteContext>;
}
