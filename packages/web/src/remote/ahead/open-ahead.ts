import type { OpenSocket } from "@parlatory/client";
import type { AheadSocket } from "./ahead-socket.ts";

declare global {
  interface Window {
    /** Left by the script that runs before the app. */
    parlatoryAhead?: AheadSocket | undefined;
  }
}

/** Takes the connection over that was opened ahead, if there is one; every other is opened by `openSocket`. */
export function openAhead(openSocket: OpenSocket): OpenSocket {
  return (url, handlers) => {
    const ahead = window.parlatoryAhead?.take(url, handlers);
    window.parlatoryAhead = undefined;
    return ahead ?? openSocket(url, handlers);
  };
}
