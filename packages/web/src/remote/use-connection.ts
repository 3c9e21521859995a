import type { RemoteConnectionState } from "@parlatory/client";
import { useRemoteValue } from "./use-remote-value.ts";

export function useConnection(): RemoteConnectionState {
  return useRemoteValue(["connection"], (client) => client.state);
}

/** The server can be asked now. */
export function useIsOnline(): boolean {
  return useConnection().name === "ready";
}
