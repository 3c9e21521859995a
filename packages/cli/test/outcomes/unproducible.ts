/** Declared outcomes that no test brings about, with the reason; the coverage test refuses an entry that is not needed. */
import type { ErrorKind } from "@parlatory/protocol";

export interface Unproducible {
  readonly command: string;
  readonly kind: ErrorKind;
  readonly reason: string;
}

export const unproducible: readonly Unproducible[] = [
  {
    command: "down",
    kind: "server_start_failed",
    reason: "a server that is starting and does not say which process it is for 15 s, which no server does",
  },
  {
    command: "down",
    kind: "server_unreachable",
    reason:
      "a server of another user that may not be signalled, or one that survives the 25 s of its own bounded drain",
  },
];
