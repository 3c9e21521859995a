/** Frames of one connection that wait for an earlier one, in the order received ([WS-4]), bounded by count and bytes. */
export interface WaitingFrame {
  readonly data: Buffer;
  readonly isBinary: boolean;
  readonly receivedAt: number;
}

const MAX_FRAMES = 1_024;
const MAX_BYTES = 1024 * 1024;

export class FrameQueue {
  #frames: WaitingFrame[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#frames.length - this.#head;
  }

  /** Reading must stop. What one read of the socket has brought is still taken, at most 64 KiB more. */
  get isFull(): boolean {
    return this.length >= MAX_FRAMES || this.#bytes >= MAX_BYTES;
  }

  /** Reading may go on. */
  get isHalfEmpty(): boolean {
    return this.length <= MAX_FRAMES / 2 && this.#bytes <= MAX_BYTES / 2;
  }

  push(frame: WaitingFrame): void {
    this.#frames.push(frame);
    this.#bytes += frame.data.length;
  }

  shift(): WaitingFrame | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#bytes -= frame.data.length;
    this.#head++;
    if (this.#head === this.#frames.length || this.#head > MAX_FRAMES) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    return frame;
  }

  clear(): void {
    this.#frames = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
