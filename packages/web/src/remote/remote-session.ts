import { RemoteClient, createWebPlatform } from "@parlatory/client";
import type { QueryClient } from "@tanstack/react-query";
import { promptDeskOf } from "../composer/prompt-desk.ts";
import type { OfflineData } from "../offline/offline-data.ts";
import type { EarlierPrompts } from "../offline/prompts/earlier-prompts.ts";
import { openAhead } from "./ahead/open-ahead.ts";
import { followPage } from "./follow-page.ts";
import { followRemote } from "./follow-remote.ts";
import type { RemoteAccess } from "./remote-access.ts";
import { whoConnects } from "./who-connects.ts";

/** A connection with what is kept for it, from the sign-in on. */
export interface RemoteSession {
  readonly access: RemoteAccess;
  readonly client: RemoteClient;
  readonly earlier: EarlierPrompts;
  close(): void;
}

/** Connects ([CLIENT-1]); what the server tells goes into the cache of answers. */
export function openRemoteSession(options: {
  access: RemoteAccess;
  queries: QueryClient;
  offline: OfflineData;
}): RemoteSession {
  const { access, queries, offline } = options;
  const platform = createWebPlatform();
  const stores = offline.openClient(access.clientSessionId, (prompts) => client.adopt(prompts));
  const client = new RemoteClient({
    ...stores.options,
    ...whoConnects(access),
    url: location.origin,
    platform: { ...platform, openSocket: openAhead(platform.openSocket) },
  });
  followRemote(client, queries);
  // What is refused while no session is shown must find its way back too.
  promptDeskOf(client);
  const endFollowing = followPage(client, offline, stores);
  client.connect();
  return {
    access,
    client,
    earlier: stores.earlier,
    close() {
      endFollowing();
      void client.close().finally(() => stores.close());
    },
  };
}
