/**
 * [TRUNC-2] and [TRUNC-3] on bytes that pass by: the same result as `truncateMiddle` of the whole text, of which no more is
 * held than the limit and half of it again.
 */
import { isUtf8 } from "node:buffer";
import { truncateMiddle } from "@parlatory/protocol/remote";

const FIRST_BYTES = 64 * 1024;

export class MiddleCut {
  readonly #maxBytes: number;
  /** The first bytes, up to the limit. */
  #head = Buffer.alloc(0);
  #headBytes = 0;
  /** The last bytes, in a ring, once there are more than the limit. */
  #ring: Buffer | undefined;
  /** What stands behind the head. */
  #nextByte = 0;
  #totalBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(bytes: Buffer): void {
    const headPart = bytes.subarray(0, this.#maxBytes - this.#headBytes);
    this.#pushHead(headPart);
    this.#totalBytes += bytes.length;
    if (this.#totalBytes > this.#maxBytes) this.#pushTail(bytes, bytes.length - headPart.length);
  }

  /** At most the limit, in valid UTF-8. */
  finish(): { text: Buffer; isCut: boolean } {
    const isCut = this.#ring !== undefined;
    const text = this.#ring === undefined ? this.#head.subarray(0, this.#headBytes) : this.#cut(this.#ring);
    // A log that was damaged: characters that are put in for bytes that are none take more room.
    return { text: isUtf8(text) ? text : Buffer.from(truncateMiddle(text.toString(), this.#maxBytes)), isCut };
  }

  #pushHead(bytes: Buffer): void {
    const needed = this.#headBytes + bytes.length;
    if (needed > this.#head.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(this.#maxBytes, Math.max(needed, 2 * this.#head.length, FIRST_BYTES)),
      );
      this.#head.copy(grown, 0, 0, this.#headBytes);
      this.#head = grown;
    }
    bytes.copy(this.#head, this.#headBytes);
    this.#headBytes = needed;
  }

  /** `newBytes`: how many at the end of `bytes` are not in the head. */
  #pushTail(bytes: Buffer, newBytes: number): void {
    let fresh = bytes.subarray(bytes.length - newBytes);
    if (this.#ring === undefined) {
      this.#ring = Buffer.allocUnsafeSlow(Math.floor(this.#maxBytes / 2));
      this.#nextByte = fresh[0] ?? 0;
      // The tail may begin within the head.
      fresh = Buffer.concat([this.#head.subarray(-this.#ring.length || this.#headBytes), fresh]);
    }
    const ring = this.#ring;
    if (ring.length === 0) return;
    const kept = fresh.subarray(-ring.length);
    const at = (this.#totalBytes - kept.length) % ring.length;
    const toEnd = kept.copy(ring, at);
    kept.copy(ring, 0, toEnd);
  }

  #cut(ring: Buffer): Buffer {
    const total = this.#totalBytes;
    const marker = Buffer.from(`\n\n... [truncated ~${Math.floor((total - this.#maxBytes) / 1024)} KB] ...\n\n`);
    const sideBytes = Math.max(0, Math.floor((this.#maxBytes - marker.length) / 2));
    const start = ring.length === 0 ? 0 : total % ring.length;
    const end = Buffer.concat([ring.subarray(start), ring.subarray(0, start)]);
    const head = this.#head.subarray(0, boundaryBefore(this.#head, sideBytes));
    const tail = end.subarray(boundaryAfter(end, end.length - sideBytes));
    if (head.length > 0 && tail.length > 0) return Buffer.concat([head, marker, tail]);
    return this.#head.subarray(0, boundaryBefore(this.#head, this.#headBytes, this.#nextByte));
  }
}

/** The last place at or before `at` between two characters. `next` stands behind the end of `bytes`. */
export function boundaryBefore(bytes: Buffer, at: number, next = 0): number {
  let cut = at;
  while (cut > 0 && ((cut < bytes.length ? (bytes[cut] ?? 0) : next) & 0xc0) === 0x80) cut--;
  return cut;
}

/** The first place at or behind `at` between two characters. */
export function boundaryAfter(bytes: Buffer, at: number): number {
  let cut = Math.max(0, at);
  while (cut < bytes.length && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut++;
  return cut;
}
