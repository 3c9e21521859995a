import type { RemoteClient } from "@parlatory/client";
import { useRemoteValue } from "./use-remote-value.ts";

/** Present while the session takes no input, as far as this client knows ([CLIENT-6]). */
export function useLock(sessionId: string): ReturnType<RemoteClient["lockOf"]> {
  return useRemoteValue(["lock"], (client) => client.lockOf(sessionId));
}
