import type { OpenSocket, Platform } from "./platform.ts";
import { systemClock } from "./system-clock.ts";

/** The platform's own WebSocket: no pings, so the client asks a cheap question instead. */
const openWebSocket: OpenSocket = (url, handlers) => {
  let isClosed = false;
  const closed = (code: number, reason: string): void => {
    if (isClosed) return;
    isClosed = true;
    handlers.closed(code, reason);
  };
  const socket = new WebSocket(url);
  socket.onopen = () => handlers.opened();
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data === "string") handlers.message(data);
  };
  socket.onclose = ({ code, reason }) => closed(code, reason);
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
    // There is no way to drop a connection without a goodbye; nobody listens to it any more.
    terminate() {
      socket.close();
      queueMicrotask(() => closed(1006, ""));
    },
  };
};

/** Sockets, time and randomness of a browser. */
export function createWebPlatform(): Platform {
  return {
    openSocket: openWebSocket,
    clock: systemClock,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}
