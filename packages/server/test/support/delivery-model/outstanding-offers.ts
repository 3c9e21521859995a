import type { ModelConnection } from "./model-client.ts";

/** Where one delivery is offered right now, as its client sees it. */
export interface OutstandingOffer {
  /** `kind/key` of the ledger. */
  readonly recipient: string;
  readonly messageId: string;
  readonly connection: ModelConnection;
  readonly at: number;
  /** Acknowledged with stage `received`. */
  received: boolean;
}

/** What was offered to the clients of a model and is not settled, oldest offer first. One delivery has one entry. */
export class OutstandingOffers {
  readonly #offers = new Map<string, OutstandingOffer>();

  all(): Iterable<OutstandingOffer> {
    return this.#offers.values();
  }

  of(recipient: string, messageId: string): OutstandingOffer | undefined {
    return this.#offers.get(`${recipient} ${messageId}`);
  }

  /** The latest offer of a delivery takes the place of an earlier one. */
  put(recipient: string, messageId: string, connection: ModelConnection, at: number): void {
    const key = `${recipient} ${messageId}`;
    this.#offers.delete(key);
    this.#offers.set(key, { recipient, messageId, connection, at, received: false });
  }

  /** Lets go of every offer that fits. */
  drop(fits: (offer: OutstandingOffer) => boolean): void {
    for (const [key, offer] of this.#offers) if (fits(offer)) this.#offers.delete(key);
  }

  /** Messages offered on a connection. */
  on(connection: ModelConnection | undefined): string[] {
    return [...this.#offers.values()]
      .filter((offer) => offer.connection === connection)
      .map((offer) => offer.messageId);
  }
}
