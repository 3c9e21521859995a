const COMPACT_AFTER = 256;

/** What a queue needs of its items: their place among first offers, and a note of the queue they are in. */
export interface Queued<Item extends Queued<Item>> {
  readonly offerOrder: number;
  queue: DeliveryQueue<Item> | undefined;
}

/** Deliveries that wait, oldest first. Taking from the front is cheap; taking from the middle is rare. */
export class DeliveryQueue<Item extends Queued<Item>> {
  #items: Item[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(delivery: Item): void {
    delivery.queue = this;
    this.#items.push(delivery);
  }

  /** Puts back what had been offered before, in the order of the first offers ([DLV-5]). */
  restore(deliveries: readonly Item[]): void {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) delivery.queue = this;
    this.#items = [...this.#items.slice(this.#head), ...deliveries].sort((a, b) => a.offerOrder - b.offerOrder);
    this.#head = 0;
  }

  remove(delivery: Item): void {
    delivery.queue = undefined;
    if (this.#items[this.#head] === delivery) {
      this.#head++;
      if (this.#head >= COMPACT_AFTER && this.#head * 2 >= this.#items.length) {
        this.#items = this.#items.slice(this.#head);
        this.#head = 0;
      }
      return;
    }
    const at = this.#items.indexOf(delivery, this.#head);
    if (at >= 0) this.#items.splice(at, 1);
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let i = this.#head; i < this.#items.length; i++) {
      const item = this.#items[i];
      if (item !== undefined) yield item;
    }
  }
}
