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

  /** The halves of a print. */
  add(printHigh: number, printLow: number): void {
    const high = Math.imul(this.#high ^ printHigh, 2654435761) + (this.#low >>> 16);
    const low = Math.imul(this.#low ^ printLow, 1597334677) + (high >>> 16);
    this.#high = (high ^ (low << 13)) >>> 0;
    this.#low = (low ^ (high >>> 15)) >>> 0;
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
