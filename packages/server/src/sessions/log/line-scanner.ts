/** A scanner of lines, and the memory that it works on. Knows nothing of files. */
import { LineRow } from "./line-row.ts";
import { lineScannerWasm } from "./line-scanner-wasm.generated.ts";

/** The part of WebAssembly that is used: the types of the platform are those of a browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface ScannerExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  scan(from: number, to: number): number;
  stopped(): number;
}

/** Where bytes to be scanned begin; what stands before is the scanner's own. */
export const INPUT = 128 * 1024;
const PAGE_BYTES = 64 * 1024;
/** Bytes are looked at in groups, also beyond the last one. */
const SLACK = 64;

let compiled: object | undefined;

export class LineScanner {
  readonly #exports: ScannerExports;
  #row: LineRow;

  constructor(capacity: number) {
    compiled ??= new WebAssembly.Module(Buffer.from(lineScannerWasm, "base64"));
    this.#exports = new WebAssembly.Instance(compiled).exports as ScannerExports;
    this.#row = this.#grow(capacity);
  }

  /** All of the memory: bytes to be scanned are written to it from `INPUT` on, up to the capacity. */
  get bytes(): Buffer {
    return this.#row.bytes;
  }

  /** Where the capacity ends. */
  get limit(): number {
    return this.bytes.length - SLACK;
  }

  /** What was written stays, in another buffer. */
  grow(capacity: number): void {
    this.#row = this.#grow(capacity);
  }

  /**
   * Scans whole lines, the last of which ends with the byte before `to`, and returns how many rows there are for them. Lines
   * of white space have none. When the table is full, the rest is left: it begins at `stopped`.
   */
  scan(from: number, to: number): number {
    return this.#exports.scan(from, to);
  }

  get stopped(): number {
    return this.#exports.stopped();
  }

  /** Valid until the next row is asked for. */
  row(index: number): LineRow {
    this.#row.moveTo(index);
    return this.#row;
  }

  #grow(capacity: number): LineRow {
    const { memory } = this.#exports;
    const pages = Math.ceil((INPUT + capacity + SLACK) / PAGE_BYTES);
    const missing = pages - memory.buffer.byteLength / PAGE_BYTES;
    if (missing > 0) memory.grow(missing);
    return new LineRow(Buffer.from(memory.buffer));
  }
}
