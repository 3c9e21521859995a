import type { RemoteClientMessageOf, RemoteClientMessageType, RemoteServerMessage } from "@parlatory/protocol/remote";
import type { FrameForm } from "./outbox.ts";
import type { Peer } from "./peer.ts";
import type { RemoteServices } from "./remote-services.ts";

/** One message of a connected client, with what its handler works with. */
export interface Call {
  readonly peer: Peer;
  readonly services: RemoteServices;
  /** Of the message; every direct answer echoes it ([CONN-8]). */
  readonly correlationId: string | undefined;
  /** The form of frames for this socket at the moment, less the room that the echo takes: for answers that are packed. */
  readonly form: () => FrameForm;
  /** Sends a direct answer. */
  readonly answer: (message: RemoteServerMessage) => void;
}

export interface Route<Type extends RemoteClientMessageType> {
  /** Raises what is to be answered as a refusal. */
  handle(call: Call, message: RemoteClientMessageOf<Type>): Promise<void> | void;
  /**
   * Whose turn a message waits for ([CONN-9]). `ordered`: the ordered ones before it on this socket. `aside`: nobody's; it
   * is long work. A function: those before it that name the same thing.
   */
  readonly turn: "ordered" | "aside" | ((message: RemoteClientMessageOf<Type>) => string);
}

export type Routes<Types extends RemoteClientMessageType> = { readonly [Type in Types]: Route<Type> };

/** Types that the socket carries out itself. */
export type OwnType = "connect" | "ping";
export type RoutedType = Exclude<RemoteClientMessageType, OwnType>;
