/**
 * The door for WebSockets: decides by `Host`, `Origin` and path who may come in, and hands every taken socket to the
 * endpoint of its path. It knows HTTP upgrades; it must not know what is behind a path.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { isAllowedHost, judgeOrigin, type OriginPolicy } from "../origin.ts";
import type { RejectReason } from "./gateway-metrics.ts";
import { pathOf, refuseUpgrade } from "./handshake.ts";
import type { UpgradeEndpoint, UpgradeRefusal } from "./upgrade-endpoint.ts";

export interface GatewayOptions {
  originPolicy: OriginPolicy;
  metrics: { connectionRejected(reason: RejectReason): void };
  /** By path. */
  endpoints: ReadonlyMap<string, UpgradeEndpoint>;
}

interface Door {
  readonly endpoint: UpgradeEndpoint;
  readonly webSockets: WebSocketServer;
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #doors: ReadonlyMap<string, Door>;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#doors = new Map(
      [...options.endpoints].map(([path, endpoint]) => [
        path,
        {
          endpoint,
          webSockets: new WebSocketServer({
            noServer: true,
            clientTracking: false,
            perMessageDeflate: false,
            maxPayload: endpoint.maxFrameBytes,
            // Text that is not UTF-8 is answered like any other bad frame and ends nothing ([FRM-2], [CONN-3]).
            skipUTF8Validation: true,
          }),
        },
      ]),
    );
  }

  /** Takes the upgrades of this server. */
  attach(server: Server): void {
    server.on("upgrade", (request, socket, head) => this.#handleUpgrade(request, socket, head));
  }

  /** From now on upgrades are refused ([WS-8]). */
  stopAccepting(): void {
    for (const { endpoint } of this.#doors.values()) endpoint.stopAccepting();
  }

  #handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = (socket as Socket).remoteAddress ?? "";
    const door = this.#doors.get(pathOf(request.url));
    const refused = this.#refusalOf(request, door) ?? door?.endpoint.refusalOf(address);
    if (refused !== undefined || door === undefined) {
      const { status, reason, message } = refused ?? this.#noSuchPath();
      this.#options.metrics.connectionRejected(reason);
      refuseUpgrade(socket, status, message);
      return;
    }
    let isTaken = false;
    door.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      isTaken = true;
      door.endpoint.take({ webSocket, socket: socket as Socket, address });
    });
    // `ws` has answered a malformed handshake itself.
    if (!isTaken) this.#options.metrics.connectionRejected("handshake");
  }

  #refusalOf(request: IncomingMessage, door: Door | undefined): UpgradeRefusal | undefined {
    const { originPolicy } = this.#options;
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
    return door === undefined ? this.#noSuchPath() : undefined;
  }

  #noSuchPath(): UpgradeRefusal {
    const paths = [...this.#doors.keys()].join(", ");
    return { status: 404, reason: "path", message: `WebSockets are served at ${paths}` };
  }
}
