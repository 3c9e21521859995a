import type { PresenceId } from "@parlatory/protocol";
import type { MessageBody, MessageRow } from "../../store/store.ts";

/** A message with at least one delivery that is not settled. */
export interface Mail {
  readonly row: MessageRow;
  /** The presence it came from; unknown after a restart of the broker. */
  readonly senderPresenceId: PresenceId | undefined;
  unsettled: number;
  /** Kept in memory as long as the cache allows; else read from the store before an offer. */
  body: MessageBody | undefined;
  /** The push as written to every recipient on its first offer, while several still need it. */
  frame: Buffer | undefined;
}
