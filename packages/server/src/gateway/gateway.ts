/**
 * The door for WebSockets: decides by `Host`, `Origin` and path who may come in, and hands every taken socket to the
 * endpoint of its path. It knows HTTP upgrades; it must not know what is behind a path.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";
import { isAllowedHost, judgeOrigin, serverOrigin, type OriginPolicy } from "../origin.ts";
import type { Log } from "../ports.ts";
import type { RejectReason } from "./gateway-metrics.ts";
import { pathOf, refuseUpgrade } from "./handshake.ts";
import type { UpgradeEndpoint, UpgradeRefusal } from "./upgrade-endpoint.ts";

export interface GatewayOptions {
  originPolicy: OriginPolicy;
  metrics: { connectionRejected(reason: RejectReason): void };
  /** By path. A function gives one that is made when the first upgrade comes for it, and always the same. */
  endpoints: ReadonlyMap<string, UpgradeEndpoint | (() => Promise<UpgradeEndpoint>)>;
  log: Log;
}

interface Door {
  readonly endpoint: UpgradeEndpoint;
  readonly webSockets: WebSocketServer;
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #doors = new Map<string, Door>();
  #isAccepting = true;

  constructor(options: GatewayOptions) {
    this.#options = options;
    for (const [path, endpoint] of options.endpoints) {
      if (typeof endpoint !== "function") this.#doors.set(path, toDoor(endpoint));
    }
  }

  /** Takes the upgrades of this server. */
  attach(server: Server): void {
    server.on("upgrade", (request, socket, head) => this.#handleUpgrade(request, socket, head));
  }

  /** From now on upgrades are refused ([WS-8]). */
  stopAccepting(): void {
    this.#isAccepting = false;
    for (const { endpoint } of this.#doors.values()) endpoint.stopAccepting();
  }

  #handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = pathOf(request.url);
    const refused = this.#refusalOf(request, path);
    const door = this.#doors.get(path);
    if (refused !== undefined) this.#refuse(socket, refused);
    else if (door !== undefined) this.#enter(door, request, socket, head);
    else void this.#openDoor(path, request, socket, head);
  }

  /** The first upgrade for an endpoint that is not made yet. */
  async #openDoor(path: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const make = this.#options.endpoints.get(path);
    // The peer may be gone before it is there.
    const ignore = (): void => void socket.destroy();
    socket.on("error", ignore);
    try {
      if (typeof make !== "function") throw new TypeError(`nothing is made for ${path}`);
      const endpoint = await make();
      if (!this.#isAccepting) endpoint.stopAccepting();
      const door = this.#doors.get(path) ?? toDoor(endpoint);
      this.#doors.set(path, door);
      socket.off("error", ignore);
      this.#enter(door, request, socket, head);
    } catch (error) {
      this.#options.log.error("an endpoint could not be made", { path, error });
      this.#refuse(socket, { status: 500, reason: "handshake", message: "the server failed; its log has the reason" });
    }
  }

  #enter({ endpoint, webSockets }: Door, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = (socket as Socket).remoteAddress ?? "";
    const refused = endpoint.refusalOf(address);
    if (refused !== undefined) {
      this.#refuse(socket, refused);
      return;
    }
    let isTaken = false;
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      isTaken = true;
      endpoint.take({ webSocket, socket: socket as Socket, address, serverOrigin: this.#originOf(request) });
    });
    // `ws` has answered a malformed handshake itself.
    if (!isTaken) this.#options.metrics.connectionRejected("handshake");
  }

  #refuse(socket: Duplex, { status, reason, message }: UpgradeRefusal): void {
    this.#options.metrics.connectionRejected(reason);
    refuseUpgrade(socket, status, message);
  }

  #originOf({ headers, socket }: IncomingMessage): string | undefined {
    return serverOrigin(headers.origin, headers.host, (socket as Partial<TLSSocket>).encrypted === true);
  }

  #refusalOf(request: IncomingMessage, path: string): UpgradeRefusal | undefined {
    const { originPolicy, endpoints } = this.#options;
    const { host, origin } = request.headers;
    if (!isAllowedHost(originPolicy, host)) {
      return {
        status: 421,
        reason: "host",
        message: "this broker does not answer to that Host; see PARL_ALLOWED_HOSTS",
      };
    }
    if (judgeOrigin(originPolicy, origin, host) === "refused") {
      return { status: 403, reason: "origin", message: "this Origin is not allowed; see PARL_ALLOWED_ORIGINS" };
    }
    if (endpoints.has(path)) return undefined;
    return { status: 404, reason: "path", message: `WebSockets are served at ${[...endpoints.keys()].join(", ")}` };
  }
}

function toDoor(endpoint: UpgradeEndpoint): Door {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: endpoint.maxFrameBytes,
    // Text that is not UTF-8 is answered like any other bad frame and ends nothing ([FRM-2], [CONN-3]).
    skipUTF8Validation: true,
  });
  return { endpoint, webSockets };
}
