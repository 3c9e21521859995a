import type { DeliveryReason, DeliveryState, MessageId, PresenceId } from "@parlatory/protocol";
import type { MessageBody, MessageRow } from "../../store/store.ts";
import type { DeliveryQueue } from "./delivery-queue.ts";
import type { Mailbox } from "./mailbox.ts";
import type { OfferWindow } from "./offer-window.ts";

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

/** One recipient's share of a message: the thing that has a state. */
export interface DeliveryRecord {
  readonly mail: Mail;
  readonly mailbox: Mailbox;
  state: DeliveryState;
  reason: DeliveryReason | undefined;
  /** Offers so far, on any connection. */
  offers: number;
  /** Offers that timed out on live connections ([DLV-8]). */
  timeouts: number;
  /** Position among first offers of this broker; 0 until the first. Redeliveries keep it ([DLV-5]). */
  offerOrder: number;
  /** The queue it waits in; absent while it is offered. */
  queue: DeliveryQueue | undefined;
  /** The window it is offered in; absent while it waits. */
  window: OfferWindow | undefined;
  offeredAt: number;
  /** Acknowledged with stage `received`: the redelivery timer stands still while the connection lives ([DLV-7]). */
  received: boolean;
}

export function createDelivery(mail: Mail, mailbox: Mailbox): DeliveryRecord {
  return {
    mail,
    mailbox,
    state: "accepted",
    reason: undefined,
    offers: 0,
    timeouts: 0,
    offerOrder: 0,
    queue: undefined,
    window: undefined,
    offeredAt: 0,
    received: false,
  };
}

export function messageIdOf(delivery: DeliveryRecord): MessageId {
  return delivery.mail.row.id;
}
