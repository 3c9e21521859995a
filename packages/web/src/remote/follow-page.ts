import type { RemoteClient } from "@parlatory/client";
import { saveLastLive } from "../offline/last-live.ts";
import type { ClientStores, OfflineData } from "../offline/offline-data.ts";

/** Lets the client and what is kept hear of the page: shown, hidden, online, gone. The answer ends that. */
export function followPage(client: RemoteClient, offline: OfflineData, stores: ClientStores): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const noteLive = (): void => saveLastLive(localStorage, Date.now());
  const noteIfReady = (): void => (client.state.name === "ready" ? noteLive() : undefined);
  const shown = (): void => {
    client.wake();
    void stores.lookAround().catch(() => undefined);
  };
  const hidden = (): void => {
    noteIfReady();
    void offline.flush();
  };
  window.addEventListener("online", () => client.wake(), { signal });
  window.addEventListener("pagehide", hidden, { signal });
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? shown() : hidden()), {
    signal,
  });
  client.on("ready", noteLive);
  client.on("down", noteLive);
  client.on("caughtUp", () => {
    void stores.settle(client).catch(() => undefined);
    void stores.lookAround().catch(() => undefined);
  });
  return () => {
    noteIfReady();
    ending.abort();
  };
}
