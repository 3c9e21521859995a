interface Offer {
  id: string;
  /** `refused`: settled by a negative acknowledgement, which is said at once and never again. */
  settled: "no" | "surfaced" | "refused";
}

export interface DueAcks {
  /** Covers everything offered up to this message; `count` of them newly. */
  upTo: string | undefined;
  count: number;
  /** Settled behind something that is not. */
  single: string[];
}

/** The offers of one connection in their order, so that acknowledgements can be cumulative ([DLV-7]). */
export class OfferOrder {
  #offers: Offer[] = [];
  #head = 0;
  readonly #byId = new Map<string, Offer>();
  #settledIds: string[] = [];
  #upTo: string | undefined;
  #upToCount = 0;

  /** Offers that are not settled, or not yet acknowledged. */
  get open(): number {
    return this.#byId.size;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  offered(id: string): void {
    if (this.#byId.has(id)) return;
    const offer: Offer = { id, settled: "no" };
    this.#offers.push(offer);
    this.#byId.set(id, offer);
  }

  /** Shortcut of `offered` and `settle` for a message settled on arrival. */
  offeredAndSettled(id: string): void {
    if (this.#byId.size > 0) {
      this.offered(id);
      this.settle(id);
      return;
    }
    this.#upTo = id;
    this.#upToCount++;
  }

  /** Marks an offer as surfaced; tells whether it belongs to this connection. */
  settle(id: string): boolean {
    const offer = this.#byId.get(id);
    if (offer === undefined) return false;
    if (offer.settled === "no") {
      offer.settled = "surfaced";
      this.#settledIds.push(id);
    }
    return true;
  }

  /** Marks an offer as settled by a negative acknowledgement. */
  refuse(id: string): void {
    const offer = this.#byId.get(id);
    if (offer === undefined) return;
    offer.settled = "refused";
    this.#byId.delete(id);
  }

  /** Takes what can be acknowledged now; each offer once. */
  takeDue(): DueAcks {
    let upTo = this.#upTo;
    let count = this.#upToCount;
    this.#upTo = undefined;
    this.#upToCount = 0;
    for (; this.#head < this.#offers.length; this.#head++) {
      const offer = this.#offers[this.#head];
      if (offer === undefined || offer.settled === "no") break;
      // False for those acknowledged alone before.
      if (!this.#byId.delete(offer.id)) continue;
      upTo = offer.id;
      count++;
    }
    this.#compact();
    const single: string[] = [];
    for (const id of this.#settledIds) if (this.#byId.delete(id)) single.push(id);
    this.#settledIds = [];
    return { upTo, count, single };
  }

  #compact(): void {
    if (this.#head < 1_024 && this.#head < this.#offers.length) return;
    this.#offers = this.#offers.slice(this.#head);
    this.#head = 0;
  }
}
