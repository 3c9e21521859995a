import { randomBytes } from "node:crypto";
import type { Platform } from "../platform.ts";
import { systemClock } from "../system-clock.ts";
import type { OwnCertificates } from "./connect-tls.ts";
import { wsOpener } from "./ws-socket.ts";

/** Sockets by `ws`, the system's clock, randomness of node:crypto. */
export function createNodePlatform(options: { readonly ownCertificates?: OwnCertificates | undefined } = {}): Platform {
  return { openSocket: wsOpener(options.ownCertificates), clock: systemClock, randomBytes };
}
