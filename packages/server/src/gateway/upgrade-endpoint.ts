import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { RejectReason } from "./gateway-metrics.ts";

/** Why an upgrade is not carried out. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly reason: RejectReason;
  readonly message: string;
}

export interface TakenSocket {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  /** Of the peer; empty when it is gone already. */
  readonly address: string;
  /** Where the client reaches this server, as its upgrade tells: an origin such as `https://parl.example`. */
  readonly serverOrigin: string | undefined;
}

/** What stands behind one path of the door: a protocol with its own limits, which may refuse and which takes what it does not. */
export interface UpgradeEndpoint {
  /** The largest frame that is read at all; a longer one closes with 1009. */
  readonly maxFrameBytes: number;
  /** `Host` and `Origin` were found to be in order. */
  refusalOf(address: string): UpgradeRefusal | undefined;
  take(taken: TakenSocket): void;
  /** From now on upgrades are refused; what is open goes on. */
  stopAccepting(): void;
  /** Closes every connection 1001; resolves when none is left. */
  close(): Promise<void>;
}
