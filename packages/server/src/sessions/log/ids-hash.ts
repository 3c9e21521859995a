const START = "0000000000000000";

/** A running hash over the prints of ids in order, kept as 16 hexadecimal digits between runs ([HIST-11]). */
export class IdsHash {
  #high: number;
  #low: number;

  constructor(from: string = START) {
    this.#high = Number.parseInt(from.slice(0, 8), 16) >>> 0;
    this.#low = Number.parseInt(from.slice(8, 16), 16) >>> 0;
  }

  get text(): string {
    return `${hex(this.#high)}${hex(this.#low)}`;
  }

  add(print: string): void {
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < print.length; i++) {
      const unit = print.charCodeAt(i);
      high = Math.imul(high ^ unit, 2654435761) + (low >>> 16);
      low = Math.imul(low ^ unit, 1597334677) + (high >>> 16);
    }
    this.#high = (high ^ (high >>> 15)) >>> 0;
    this.#low = (low ^ (low >>> 15)) >>> 0;
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
