/** Declared outcomes that no test brings about, with the reason; the coverage test refuses an entry that is not needed. */
import type { ErrorKind } from "@parlatory/protocol";

export interface Unproducible {
  readonly command: string;
  readonly kind: ErrorKind;
  readonly reason: string;
}

/** Kinds of the registry that no command declares. */
export const undeclaredKinds: Partial<Readonly<Record<ErrorKind, string>>> = {
  reserved_group: "only the MCP tools join groups, and they answer an agent and not a caller of the command line",
  log_off: "no command reads the message log yet",
};

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
