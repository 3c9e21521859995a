/**
 * Keeps what a program writes, in bounded memory however much it is [CMD-exec-command-6]. Bytes come in, text goes out:
 * UTF-8 is read only at the end, so that no character breaks at the border of two chunks.
 */
const headBytes = 256 * 1024;
const tailBytes = 768 * 1024;
const maxBytes = headBytes + tailBytes;

export interface CapturedOutput {
  readonly text: string;
  readonly truncated: boolean;
}

export class OutputCapture {
  /** The whole output until it is over the limit; from then on its beginning is the head, and the rest a ring. */
  #bytes = Buffer.alloc(0);
  #length = 0;
  #total = 0;

  push(chunk: Buffer): void {
    const before = this.#total;
    this.#total += chunk.length;
    if (this.#total <= maxBytes) {
      this.#reserve(this.#total);
      chunk.copy(this.#bytes, before);
      this.#length = this.#total;
      return;
    }
    this.#reserve(maxBytes);
    const room = Math.max(0, maxBytes - before);
    chunk.copy(this.#bytes, before, 0, room);
    this.#length = maxBytes;
    this.#turn(chunk.subarray(room), before + room);
  }

  /** What was pushed so far, invalid UTF-8 replaced by U+FFFD. */
  read(): CapturedOutput {
    if (this.#total <= maxBytes) return { text: this.#bytes.toString("utf8", 0, this.#length), truncated: false };
    const head = withoutBrokenEnd(this.#bytes.subarray(0, headBytes));
    const start = ringIndex(this.#total);
    const tail = withoutBrokenStart(
      Buffer.concat([this.#bytes.subarray(headBytes + start), this.#bytes.subarray(headBytes, headBytes + start)]),
    );
    const leftOut = this.#total - head.length - tail.length;
    const lineBreak = head.at(-1) === 0x0a ? "" : "\n";
    return {
      text: `${head.toString("utf8")}${lineBreak}[parl: ${leftOut} bytes of output are left out here]\n${tail.toString("utf8")}`,
      truncated: true,
    };
  }

  /** Writes into the ring what lies `offset` bytes after the beginning of the output. */
  #turn(chunk: Buffer, offset: number): void {
    const kept = chunk.length > tailBytes ? chunk.subarray(chunk.length - tailBytes) : chunk;
    const start = ringIndex(offset + chunk.length - kept.length);
    const untilEnd = Math.min(kept.length, tailBytes - start);
    kept.copy(this.#bytes, headBytes + start, 0, untilEnd);
    kept.copy(this.#bytes, headBytes, untilEnd);
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(size, 2 * this.#bytes.length, 4096)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Where in the ring the byte at this place of the output is. */
function ringIndex(place: number): number {
  return (place - headBytes) % tailBytes;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Length in bytes of the character this byte begins; 1 for what begins none. */
function sequenceLength(byte: number): number {
  if (byte >= 0xf0 && byte <= 0xf4) return 4;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  return byte >= 0xc2 && byte <= 0xdf ? 2 : 1;
}

function withoutBrokenEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes.at(-back);
    if (byte === undefined) return bytes;
    if (isContinuation(byte)) continue;
    return sequenceLength(byte) > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}

function withoutBrokenStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start += 1;
  return bytes.subarray(start);
}
