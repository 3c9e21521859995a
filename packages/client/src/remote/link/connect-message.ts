import { REMOTE_CAPABILITIES, type RemoteClientMessageOf } from "@parlatory/protocol/remote";
import type { RemoteClientOptions } from "../remote-client-options.ts";

/** What a client says of itself. */
export type ConnectOptions = Pick<
  RemoteClientOptions,
  "clientSessionId" | "apiKey" | "deviceName" | "capabilities" | "recentSessionsLimit" | "sizeKb"
>;

/** The answer to a `hello` ([CONN-5]). */
export function connectMessage(options: ConnectOptions): RemoteClientMessageOf<"connect"> {
  const { clientSessionId, apiKey, deviceName, recentSessionsLimit, sizeKb } = options;
  const capabilities = options.capabilities ?? REMOTE_CAPABILITIES.filter((name) => name !== "blocks");
  return {
    type: "connect",
    session_id: clientSessionId,
    capabilities: [...capabilities],
    ...(apiKey === undefined ? {} : { api_key: apiKey }),
    ...(deviceName === undefined ? {} : { device_name: deviceName }),
    ...(recentSessionsLimit === undefined ? {} : { recent_sessions_limit: recentSessionsLimit }),
    ...(sizeKb === undefined ? {} : { size_kb: sizeKb }),
  };
}
