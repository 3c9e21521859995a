/**
 * `/remote` and `/`: takes the sockets of the remote and holds them within its bounds ([RLIM-6], [AUTH-8]). It knows limits;
 * it must not know what messages mean.
 */
import { REMOTE_CLOSE, REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import { Connection } from "../connection.ts";
import { Corks } from "../corks.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import { OpenConnections } from "../open-connections.ts";
import type { TakenSocket, UpgradeEndpoint, UpgradeRefusal } from "../upgrade-endpoint.ts";
import type { AddressPenalties } from "./address-penalties.ts";
import type { RemoteServices } from "./remote-services.ts";
import { RemoteSocket } from "./remote-socket.ts";

export interface RemoteEndpointOptions {
  /** Rejects with StoreUnavailableError while the database has not answered yet. */
  readonly services: () => Promise<RemoteServices>;
  readonly isAuthOn: boolean;
  readonly penalties: AddressPenalties;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly metrics: Pick<GatewayMetrics, "connectionOpened" | "connectionRejected">;
  readonly log: Log;
  readonly createReference: () => string;
}

export class RemoteEndpoint implements UpgradeEndpoint {
  readonly maxFrameBytes = REMOTE_LIMITS.inboundBytes;
  readonly #options: RemoteEndpointOptions;
  readonly #corks = new Corks();
  readonly #open: OpenConnections<RemoteSocket | undefined>;
  readonly #unconnected = new Map<string, number>();
  #lastId = 0;
  #isClosing = false;

  constructor(options: RemoteEndpointOptions) {
    this.#options = options;
    const { clock, scheduler } = options;
    const { pingIntervalMs, deadAfterMs } = REMOTE_LIMITS;
    this.#open = new OpenConnections({ clock, scheduler, pingIntervalMs, deadAfterMs });
    this.#open.startHeartbeat();
  }

  get active(): number {
    return this.#open.size;
  }

  refusalOf(address: string): UpgradeRefusal | undefined {
    if (this.#isClosing) return { status: 503, reason: "shutting_down", message: "the server is stopping" };
    if (this.#options.penalties.waitOf(address) > 0) {
      return {
        status: 429,
        reason: "auth_penalty",
        message: "too many failed checks from this address; wait a minute",
      };
    }
    return undefined;
  }

  take({ webSocket, socket, address, serverOrigin }: TakenSocket): void {
    const { clock, scheduler, metrics } = this.#options;
    const unconnected = this.#unconnected.get(address) ?? 0;
    const isTooMany = this.#open.size >= REMOTE_LIMITS.sockets || unconnected >= REMOTE_LIMITS.unconnectedPerAddress;
    const connection = new Connection({
      id: ++this.#lastId,
      webSocket,
      socket,
      clock,
      scheduler,
      corks: this.#corks,
      crowdedAboveBytes: REMOTE_LIMITS.pauseCommandOutputAboveBytes,
      maxOutgoingBytes: REMOTE_LIMITS.terminateAboveBytes,
      // It has not read 32 MiB: a close frame behind them would not be read either ([RLIM-5]).
      onOverflow: (full) => full.terminate(),
      onClosed: (closed) => this.#open.remove(closed),
    });
    if (isTooMany) {
      metrics.connectionRejected("max_connections");
      this.#open.add(connection, undefined);
      connection.start({ onFrame: () => undefined, onDrained: () => undefined, onEnd: () => undefined });
      const { code, reason } = REMOTE_CLOSE.tooManySockets;
      connection.close(code, reason);
      connection.terminateSoon();
      return;
    }
    metrics.connectionOpened();
    this.#unconnected.set(address, unconnected + 1);
    const remote = new RemoteSocket({
      ...this.#options,
      connection,
      address,
      serverOrigin,
      onAuthFailed: () => this.#options.penalties.noteFailure(address),
      onSettled: () => this.#settle(address),
    });
    this.#open.add(connection, remote);
    remote.start();
  }

  stopAccepting(): void {
    this.#isClosing = true;
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return this.#open.close();
  }

  #settle(address: string): void {
    const left = (this.#unconnected.get(address) ?? 0) - 1;
    if (left > 0) this.#unconnected.set(address, left);
    else this.#unconnected.delete(address);
  }
}
