import type { Socket as TcpSocket } from "node:net";
import { nextTick } from "node:process";
import type { WebSocket } from "ws";
import { MESH_LIMITS } from "@parlatory/protocol";
import type { MeshSocket, OpenSocket, SocketHandlers } from "../platform.ts";
import type { OwnCertificates, tlsConnector } from "./connect-tls.ts";

/** The broker never has more than its outgoing limit waiting for one connection, so this is far above any real frame. */
const MAX_FRAME_BYTES = 4 * MESH_LIMITS.maxOutgoingBytes;
const ABNORMAL_CLOSE = 1006;

type WebSocketClass = typeof WebSocket;

interface Parts {
  readonly WebSocket: WebSocketClass;
  readonly tlsConnector: typeof tlsConnector;
}

let loaded: Parts | undefined;

/** Sockets of Node, by `ws`, which is loaded with the first of them: what only speaks HTTP need not wait for it. */
export function wsOpener(ownCertificates: OwnCertificates | undefined): OpenSocket {
  return (url, handlers) => open(url, handlers, ownCertificates);
}

function open(url: string, handlers: SocketHandlers, ownCertificates: OwnCertificates | undefined): MeshSocket {
  if (loaded !== undefined) return openWith(loaded, url, handlers, ownCertificates);
  let socket: MeshSocket | undefined;
  let isDropped = false;
  const drop = (error?: Error): void => {
    if (isDropped) return;
    isDropped = true;
    nextTick(() => handlers.closed(ABNORMAL_CLOSE, "", error));
  };
  Promise.all([import("ws"), import("./connect-tls.ts")]).then(
    ([ws, tls]) => {
      loaded = { WebSocket: ws.WebSocket, tlsConnector: tls.tlsConnector };
      if (!isDropped) socket = openWith(loaded, url, handlers, ownCertificates);
    },
    (cause: unknown) => drop(new Error("the package ws could not be loaded; install it again", { cause })),
  );
  return {
    send: (text) => socket?.send(text),
    ping: () => socket?.ping?.(),
    close: (code, reason) => (socket === undefined ? drop() : socket.close(code, reason)),
    terminate: () => (socket === undefined ? drop() : socket.terminate()),
  };
}

/**
 * Frames written in one tick leave together: the TCP socket is corked at the first and uncorked at the end of the tick,
 * which is worth half the throughput of a burst.
 */
function openWith(
  { WebSocket: Socket, tlsConnector: toConnector }: Parts,
  url: string,
  handlers: SocketHandlers,
  ownCertificates: OwnCertificates | undefined,
): MeshSocket {
  let tcp: TcpSocket | undefined;
  let isCorked = false;
  let isClosed = false;
  let failure: Error | undefined;

  const closed = (code: number, reason: string): void => {
    if (isClosed) return;
    isClosed = true;
    handlers.closed(code, reason, failure);
  };
  const uncork = (): void => {
    isCorked = false;
    tcp?.uncork();
  };

  let socket: WebSocket;
  try {
    const createConnection = url.startsWith("wss:") ? toConnector(ownCertificates) : undefined;
    socket = new Socket(url, {
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      followRedirects: false,
      ...(createConnection === undefined ? {} : { createConnection }),
    });
  } catch (cause) {
    // Only an address that is no ws URL gets here.
    failure = cause instanceof Error ? cause : new Error(String(cause));
    nextTick(closed, ABNORMAL_CLOSE, "");
    const nothing = (): void => undefined;
    return { send: nothing, close: nothing, terminate: nothing };
  }
  socket.on("upgrade", (response) => {
    tcp = response.socket;
    tcp.setNoDelay(true);
  });
  socket.on("open", handlers.opened);
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (!isBinary) handlers.message(data.toString("utf8"));
  });
  socket.on("ping", handlers.alive);
  socket.on("pong", handlers.alive);
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", (code, reason) => closed(code, reason.toString("utf8")));

  const isOpen = (): boolean => socket.readyState === Socket.OPEN;
  return {
    send(text) {
      if (!isOpen()) return;
      if (tcp !== undefined && !isCorked) {
        isCorked = true;
        tcp.cork();
        nextTick(uncork);
      }
      socket.send(text);
    },
    ping() {
      if (isOpen()) socket.ping();
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
