import type { ConnectOptions } from "@parlatory/client";
import type { RemoteAccess } from "./remote-access.ts";

/** What this browser says of itself to the server. */
export function whoConnects({ clientSessionId, apiKey, deviceName }: RemoteAccess): ConnectOptions {
  return {
    clientSessionId,
    apiKey,
    deviceName,
    capabilities: ["stream", "blocks", "lean", "approvals", "session_events", "output_batch"],
    recentSessionsLimit: 50,
  };
}
