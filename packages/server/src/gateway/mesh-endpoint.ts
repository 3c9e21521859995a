/** `/ws`: takes the connections of the mesh and holds them. It knows their limits; it must not know what frames mean. */
import { CLOSE, MESH_LIMITS } from "@parlatory/protocol";
import type { Clock, Log, Scheduler } from "../ports.ts";
import { Connection } from "./connection.ts";
import { Corks } from "./corks.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import { Intake } from "./intake.ts";
import type { MeshServices } from "./mesh-services.ts";
import { MeshSession } from "./mesh-session.ts";
import { OpenConnections } from "./open-connections.ts";
import type { TakenSocket, UpgradeEndpoint, UpgradeRefusal } from "./upgrade-endpoint.ts";

export interface MeshEndpointOptions {
  /** Undefined while the database has not answered yet. */
  services: () => MeshServices | undefined;
  clock: Clock;
  scheduler: Scheduler;
  metrics: GatewayMetrics;
  log: Log;
  maxFrameBytes: number;
  maxConnections: number;
  maxOutgoingBytes: number;
  helloTimeoutMs: number;
  pingIntervalMs: number;
  deadAfterMs: number;
}

export class MeshEndpoint implements UpgradeEndpoint {
  readonly maxFrameBytes: number;
  readonly #options: MeshEndpointOptions;
  readonly #corks = new Corks();
  readonly #intake: Intake;
  readonly #open: OpenConnections<MeshSession>;
  #waitingForHello = 0;
  #lastId = 0;
  #isClosing = false;

  constructor(options: MeshEndpointOptions) {
    this.#options = options;
    this.maxFrameBytes = options.maxFrameBytes;
    this.#intake = new Intake(options.scheduler);
    this.#open = new OpenConnections(options);
    this.#open.startHeartbeat();
  }

  /** Connections that are open now, waiting for a hello or not ([OBS-1]). */
  get active(): number {
    return this.#open.size;
  }

  /** Frames of all connections that wait behind another frame. */
  get waitingFrames(): number {
    let waiting = 0;
    for (const session of this.#open.sessions()) waiting += session.waitingFrames;
    return waiting;
  }

  refusalOf(): UpgradeRefusal | undefined {
    if (this.#isClosing) return { status: 503, reason: "shutting_down", message: "the broker is stopping" };
    if (this.#open.size >= this.#options.maxConnections) {
      return { status: 503, reason: "max_connections", message: "the broker has as many connections as it takes" };
    }
    if (this.#waitingForHello >= MESH_LIMITS.maxWaitingForHello) {
      return { status: 503, reason: "waiting_for_hello", message: "too many connections are waiting for their hello" };
    }
    return undefined;
  }

  take({ webSocket, socket }: TakenSocket): void {
    const { services, clock, scheduler, metrics, log, maxOutgoingBytes, helloTimeoutMs } = this.#options;
    const connection = new Connection({
      id: ++this.#lastId,
      webSocket,
      socket,
      clock,
      scheduler,
      corks: this.#corks,
      crowdedAboveBytes: MESH_LIMITS.pauseOffersAboveBytes,
      maxOutgoingBytes,
      onOverflow: (full) => full.close(CLOSE.slowConsumer.code, CLOSE.slowConsumer.reason),
      onClosed: (closed) => this.#open.remove(closed),
    });
    this.#waitingForHello++;
    const session = new MeshSession({
      connection,
      services,
      clock,
      scheduler,
      metrics,
      log,
      intake: this.#intake,
      helloTimeoutMs,
      onSettled: () => this.#waitingForHello--,
    });
    this.#open.add(connection, session);
    metrics.connectionOpened();
    session.start();
  }

  stopAccepting(): void {
    this.#isClosing = true;
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return this.#open.close();
  }
}
