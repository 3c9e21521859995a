import type { Presence } from "../presence.ts";
import type { PresenceConnection } from "../ports.ts";

const REMEMBERED = 256;

/** What a window needs of its items: the message, and a note of the window they are in and of their place there. */
export interface Offered<Item extends Offered<Item>> {
  readonly mail: { readonly row: { readonly id: string; readonly bytes: number } };
  window: OfferWindow<Item> | undefined;
  windowOrder: number;
}

/**
 * What was written to one connection and is not settled, in the order of writing. Bounded in messages and bytes
 * ([DLV-9]); when it is full, further mail is held until something settles.
 */
export class OfferWindow<Item extends Offered<Item>> {
  readonly presence: Presence;
  readonly connection: PresenceConnection;
  readonly offered = new Map<string, Item>();
  bytes = 0;
  /** Something could not be offered for want of room: settling must look again. */
  isBlocked = false;
  /** A flush confirmation is awaited from the connection of a client that does not acknowledge ([DLV-12]). */
  isConfirming = false;
  #nextOrder = 1;
  /** Positions of what left lately, so that a later `upTo` naming it still covers what came before. */
  readonly #left: { id: string; order: number }[] = [];
  #nextLeft = 0;

  constructor(presence: Presence, connection: PresenceConnection) {
    this.presence = presence;
    this.connection = connection;
  }

  hasRoom(bytes: number, maxMessages: number, maxBytes: number): boolean {
    return this.offered.size < maxMessages && (this.bytes + bytes <= maxBytes || this.offered.size === 0);
  }

  add(delivery: Item): void {
    const { id, bytes } = delivery.mail.row;
    delivery.window = this;
    delivery.windowOrder = this.#nextOrder++;
    this.offered.set(id, delivery);
    this.bytes += bytes;
  }

  remove(delivery: Item): void {
    const { id, bytes } = delivery.mail.row;
    delivery.window = undefined;
    if (!this.offered.delete(id)) return;
    const place = (this.#left[this.#nextLeft] ??= { id, order: 0 });
    place.id = id;
    place.order = delivery.windowOrder;
    this.#nextLeft = (this.#nextLeft + 1) % REMEMBERED;
    this.bytes -= bytes;
  }

  /** Everything offered here up to and including this message, or undefined when it was never offered here. */
  upTo(messageId: string): Item[] | undefined {
    const last = this.offered.get(messageId)?.windowOrder ?? this.#lastOrderOf(messageId);
    if (last === undefined) return undefined;
    const covered: Item[] = [];
    for (const delivery of this.offered.values()) {
      if (delivery.windowOrder > last) break;
      covered.push(delivery);
    }
    return covered;
  }

  /** What timed out and was offered again was here more than once: the youngest place counts. */
  #lastOrderOf(messageId: string): number | undefined {
    const orders = this.#left.filter(({ id }) => id === messageId).map(({ order }) => order);
    return orders.length === 0 ? undefined : Math.max(...orders);
  }
}
