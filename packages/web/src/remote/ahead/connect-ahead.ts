/** Runs by itself, before the app and beside its coming: opens the connection that the app will take over. */
import { connectMessage, createWebPlatform, remoteUrl } from "@parlatory/client";
import { hasRemote, readAccess } from "../remote-access.ts";
import { whoConnects } from "../who-connects.ts";
import { AheadSocket } from "./ahead-socket.ts";

const access = hasRemote(location.pathname) ? readAccess(localStorage) : undefined;
if (access !== undefined) {
  const { openSocket, clock } = createWebPlatform();
  window.parlatoryAhead = new AheadSocket({
    url: remoteUrl(location.origin),
    connect: JSON.stringify(connectMessage(whoConnects(access))),
    openSocket,
    clock,
  });
}
