import { createWebPlatform, randomUuid } from "@parlatory/client";
import type { RemoteAccess } from "../remote/remote-access.ts";

/** A new identity of this browser at the server ([NAME-4]). */
export function newAccess(apiKey: string | undefined, deviceName: string): RemoteAccess {
  const platform = createWebPlatform();
  return { apiKey, clientSessionId: randomUuid((count) => platform.randomBytes(count)), deviceName };
}
