import { randomBytes } from "node:crypto";
import type { Platform } from "../platform.ts";
import { systemClock } from "../system-clock.ts";
import { openWsSocket } from "./ws-socket.ts";

/** Sockets by `ws`, the system's clock, randomness of node:crypto. */
export function createNodePlatform(): Platform {
  return { openSocket: openWsSocket, clock: systemClock, randomBytes };
}
