import type { DeliveryReason, DeliveryState, Priority } from "@parlatory/protocol";
import type { RecipientRow } from "../../store/store.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import type { Mail } from "./mail.ts";
import type { OfferWindow } from "./offer-window.ts";
import type { OpenStep } from "./open-step.ts";

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
  queue: DeliveryQueue<DeliveryRecord> | undefined;
  /** The window it is offered in; absent while it waits. */
  window: DeliveryWindow | undefined;
  /** Its place among the offers of that window. */
  windowOrder: number;
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
    windowOrder: 0,
    offeredAt: 0,
    received: false,
  };
}

/** What is offered on one connection. */
export type DeliveryWindow = OfferWindow<DeliveryRecord>;

/** In the order of offering among deliverable classes ([DLV-5]). */
export const PRIORITIES: readonly Priority[] = ["now", "next", "low"];

interface ClassQueues {
  /** Offered before: goes first, in the order of the first offers. */
  readonly again: DeliveryQueue<DeliveryRecord>;
  readonly fresh: DeliveryQueue<DeliveryRecord>;
}

/** The unsettled deliveries of one recipient: a session key's, a member key's, or those of a session without a key. */
export class Mailbox {
  readonly recipient: RecipientRow;
  readonly deliveries = new Map<string, DeliveryRecord>();
  readonly queues: Readonly<Record<Priority, ClassQueues>> = {
    now: { again: new DeliveryQueue(), fresh: new DeliveryQueue() },
    next: { again: new DeliveryQueue(), fresh: new DeliveryQueue() },
    low: { again: new DeliveryQueue(), fresh: new DeliveryQueue() },
  };
  /** Decoded ciphertext of what is unsettled or reserved. */
  bytes = 0;
  /** Places taken by sends whose commit is under way. */
  reserved = 0;
  /** Bodies are being read for the next offers; nothing else is offered from here until it resolves. Never rejects. */
  loading: Promise<void> | undefined;
  /** Ledger rows still open for more positions, kept by the journal. */
  readonly openSteps: OpenStep[] = [];

  constructor(recipient: RecipientRow) {
    this.recipient = recipient;
  }

  get count(): number {
    return this.deliveries.size + this.reserved;
  }

  hasRoom(bytes: number, maxMessages: number, maxBytes: number): boolean {
    return this.count < maxMessages && this.bytes + bytes <= maxBytes;
  }

  add(delivery: DeliveryRecord): void {
    this.deliveries.set(delivery.mail.row.id, delivery);
    this.queues[delivery.mail.row.priority].fresh.push(delivery);
  }

  /** Puts deliveries that were offered back to wait. */
  putBack(deliveries: readonly DeliveryRecord[]): void {
    for (const priority of PRIORITIES) {
      this.queues[priority].again.restore(deliveries.filter((delivery) => delivery.mail.row.priority === priority));
    }
  }

  /** Deliveries that wait, in no particular order. */
  *waiting(): Generator<DeliveryRecord> {
    for (const priority of PRIORITIES) {
      yield* this.queues[priority].again;
      yield* this.queues[priority].fresh;
    }
  }

  countWaiting(): number {
    return PRIORITIES.reduce(
      (sum, priority) => sum + this.queues[priority].again.size + this.queues[priority].fresh.size,
      0,
    );
  }
}
