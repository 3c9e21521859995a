/**
 * Prints of ids: 48 bits each, written as the eight characters of base64url. Those of a whole log, one after another, are what is kept of its
 * ids: small enough for the saved index, and enough to say that an id is not there, or where to look.
 */

export const PRINT_CHARS = 8;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Two times 24 bits. */
export interface Print {
  readonly high: number;
  readonly low: number;
}

/** One object for all, valid until the next one is made. */
const print = { high: 0, low: 0 };

function computePrint(id: string): void {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  print.high = high >>> 8;
  print.low = low >>> 8;
}

export function printOf(id: string): string {
  const row = new PrintRow();
  row.add(id);
  return row.text;
}

/** The halves of a print in a row of them. */
export function readPrint(prints: string, at: number): Print {
  print.high = readHalf(prints, at);
  print.low = readHalf(prints, at + PRINT_CHARS / 2);
  return print;
}

function readHalf(prints: string, at: number): number {
  let half = 0;
  for (let i = at; i < at + PRINT_CHARS / 2; i++) half = (half << 6) | (values[prints.charCodeAt(i) & 127] ?? 0);
  return half;
}

/** Index of a print in a row of prints, -1 when it is not there. */
export function indexOfPrint(prints: string, sought: string): number {
  for (let at = prints.indexOf(sought); at !== -1; at = prints.indexOf(sought, at + 1)) {
    if (at % PRINT_CHARS === 0) return at / PRINT_CHARS;
  }
  return -1;
}

const values = new Uint8Array(128);
for (const [value, character] of [...alphabet].entries()) values[character.charCodeAt(0)] = value;

/** Bytes of a print. */
const PRINT_BYTES = 6;

/** A row of prints that grows. */
export class PrintRow {
  #bytes = Buffer.allocUnsafe(PRINT_BYTES * 16);
  #length = 0;

  get text(): string {
    return this.#bytes.toString("base64url", 0, this.#length);
  }

  add(id: string): Print {
    computePrint(id);
    this.addPrint(print);
    return print;
  }

  addPrint({ high, low }: Print): void {
    if (this.#length === this.#bytes.length) {
      const larger = Buffer.allocUnsafe(this.#bytes.length * 2);
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.writeUIntBE(high, this.#length, PRINT_BYTES / 2);
    this.#bytes.writeUIntBE(low, this.#length + PRINT_BYTES / 2, PRINT_BYTES / 2);
    this.#length += PRINT_BYTES;
  }
}
