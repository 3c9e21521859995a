import type { BrokerFrame, ClientFrameByType, ClientFrameType } from "@parlatory/protocol";
import type { Presence } from "../mesh/presence.ts";
import type { MeshServices } from "./mesh-services.ts";

/** One request of a connection that has said hello. */
export interface Call {
  readonly presence: Presence;
  readonly services: MeshServices;
}

/** How requests of one type are carried out and answered. The reply gets its `_reqId` from the dispatcher ([FRM-3]). */
export interface Route<Type extends ClientFrameType> {
  /** Raises WireError or StoreUnavailableError. */
  handle(call: Call, frame: ClientFrameByType[Type]): BrokerFrame | Promise<BrokerFrame>;
  /** Answered on success only when the request has a `_reqId`. */
  readonly isQuiet?: true;
  /** Cannot be answered without the database. */
  readonly needsStore?: true;
  /** Waits until the sends before it are done, because others can see the order of both ([WS-4]). */
  readonly waitsForSends?: true;
  /** What follows the error frame of a failed request without `_reqId` ([FRM-4]). */
  emptyReply?(frame: ClientFrameByType[Type] | undefined): BrokerFrame;
}

export type Routes<Type extends ClientFrameType> = { readonly [Name in Type]: Route<Name> };
