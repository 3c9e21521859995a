/**
 * The door for WebSockets: decides who may come in, holds every open connection, keeps the heartbeat, and empties the
 * house at the end. It knows HTTP upgrades and limits; it must not know what frames mean.
 *
 * States: open (takes upgrades) → closing (answers 503, existing connections go on) → closed (no connection is left).
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { CLOSE, MESH_LIMITS } from "@parlatory/protocol";
import { WebSocketServer, type WebSocket } from "ws";
import type { Clock, Log, Scheduler } from "../ports.ts";
import { isAllowedHost, judgeOrigin, type OriginPolicy } from "../origin.ts";
import { Connection } from "./connection.ts";
import { Corks } from "./corks.ts";
import type { GatewayMetrics, RejectReason } from "./gateway-metrics.ts";
import { pathOf, refuseUpgrade } from "./handshake.ts";
import type { MeshServices } from "./mesh-services.ts";
import { MeshSession } from "./mesh-session.ts";

export interface GatewayOptions {
  /** Undefined while the database has not answered yet. */
  services: () => MeshServices | undefined;
  clock: Clock;
  scheduler: Scheduler;
  metrics: GatewayMetrics;
  log: Log;
  originPolicy: OriginPolicy;
  maxFrameBytes: number;
  maxConnections: number;
  maxOutgoingBytes: number;
  helloTimeoutMs: number;
  pingIntervalMs: number;
  deadAfterMs: number;
}

interface Refusal {
  status: number;
  reason: RejectReason;
  message: string;
}

const MESH_PATH = "/ws";
/** The heartbeat looks at least this many times per ping interval, so that pings are spread. */
const BEATS_PER_INTERVAL = 10;
/** How long a stopping broker waits for the close frames of its clients. */
const CLOSE_WAIT_MS = 500;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #webSockets: WebSocketServer;
  readonly #corks = new Corks();
  readonly #sessions = new Map<Connection, MeshSession>();
  #waitingForHello = 0;
  #lastId = 0;
  #isClosing = false;
  #cancelBeat: (() => void) | undefined;
  #emptied: (() => void) | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxFrameBytes,
      // Text that is not UTF-8 is answered like any other bad frame and ends nothing ([FRM-2]).
      skipUTF8Validation: true,
    });
  }

  /** Takes the upgrades of this server and begins the heartbeat. */
  attach(server: Server): void {
    server.on("upgrade", (request, socket, head) => this.#handleUpgrade(request, socket, head));
    this.#scheduleBeat();
  }

  /** Connections that are open now, waiting for a hello or not ([OBS-1]). */
  get active(): number {
    return this.#sessions.size;
  }

  get waitingForHello(): number {
    return this.#waitingForHello;
  }

  /** Frames of all connections that wait behind another frame. */
  get waitingFrames(): number {
    let waiting = 0;
    for (const session of this.#sessions.values()) waiting += session.waitingFrames;
    return waiting;
  }

  /** From now on upgrades are answered 503 ([WS-8]). */
  stopAccepting(): void {
    this.#isClosing = true;
  }

  /** Closes every connection 1001; resolves when all are gone, at the latest after half a second ([WS-8]). */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#cancelBeat?.();
    const open = [...this.#sessions.keys()];
    if (open.length === 0) return;
    const { promise: emptied, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    const { code, reason } = CLOSE.shuttingDown;
    for (const connection of open) connection.close(code, reason);
    const cancel = this.#options.scheduler.after(CLOSE_WAIT_MS, () => {
      for (const connection of this.#sessions.keys()) connection.terminate();
    });
    await emptied;
    cancel();
  }

  #handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refused = this.#refusalOf(request);
    if (refused !== undefined) {
      this.#options.metrics.connectionRejected(refused.reason);
      refuseUpgrade(socket, refused.status, refused.message);
      return;
    }
    let isTaken = false;
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      isTaken = true;
      this.#take(webSocket, socket as Socket);
    });
    // `ws` has answered a malformed handshake itself.
    if (!isTaken) this.#options.metrics.connectionRejected("handshake");
  }

  #refusalOf(request: IncomingMessage): Refusal | undefined {
    const { originPolicy, maxConnections } = this.#options;
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
    if (pathOf(request.url) !== MESH_PATH) {
      return { status: 404, reason: "path", message: `WebSockets are served at ${MESH_PATH}` };
    }
    if (this.#isClosing) return { status: 503, reason: "shutting_down", message: "the broker is stopping" };
    if (this.#sessions.size >= maxConnections) {
      return { status: 503, reason: "max_connections", message: "the broker has as many connections as it takes" };
    }
    if (this.#waitingForHello >= MESH_LIMITS.maxWaitingForHello) {
      return { status: 503, reason: "waiting_for_hello", message: "too many connections are waiting for their hello" };
    }
    return undefined;
  }

  #take(webSocket: WebSocket, socket: Socket): void {
    const { services, clock, scheduler, metrics, log, maxOutgoingBytes, helloTimeoutMs } = this.#options;
    const connection = new Connection({
      id: ++this.#lastId,
      webSocket,
      socket,
      clock,
      scheduler,
      corks: this.#corks,
      maxOutgoingBytes,
      onClosed: (closed) => {
        this.#sessions.delete(closed);
        if (this.#sessions.size === 0) this.#emptied?.();
      },
    });
    this.#waitingForHello++;
    const session = new MeshSession({
      connection,
      services,
      clock,
      scheduler,
      metrics,
      log,
      helloTimeoutMs,
      onSettled: () => this.#waitingForHello--,
    });
    this.#sessions.set(connection, session);
    metrics.connectionOpened();
    session.start();
  }

  #scheduleBeat(afterMs = this.#beatMs): void {
    const { scheduler, clock, pingIntervalMs, deadAfterMs } = this.#options;
    this.#cancelBeat = scheduler.after(afterMs, () => {
      const now = clock.now();
      let next = this.#beatMs;
      // A connection that stays silent is ended when its time is over, not at the beat after it ([PRES-4]).
      for (const connection of this.#sessions.keys()) {
        next = Math.min(next, connection.beat(now, pingIntervalMs, deadAfterMs));
      }
      this.#scheduleBeat(Math.max(1, next));
    });
  }

  get #beatMs(): number {
    const { pingIntervalMs, deadAfterMs } = this.#options;
    return Math.max(1, Math.min(pingIntervalMs, deadAfterMs) / BEATS_PER_INTERVAL);
  }
}
