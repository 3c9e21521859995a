import type { ReceiptFrame } from "@parlatory/protocol";
import type { Clock, Timer } from "../platform.ts";

/** Receipts for one message that somebody waits for ([DLV-15]). They may overtake the ack. */
export class Settlement {
  readonly #surfaced = new Set<string>();
  readonly #failed = new Set<string>();
  #expected = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #finish: (() => void) | undefined;

  get surfaced(): number {
    return this.#surfaced.size;
  }

  receipt({ recipient, state }: ReceiptFrame): void {
    if (state === "surfaced" || state === "replied") this.#surfaced.add(recipient.pubkey);
    else this.#failed.add(recipient.pubkey);
    this.#check();
  }

  /** Resolves when `expected` recipients have come to an end, or after `waitMs`. */
  wait(expected: number, waitMs: number, clock: Clock): Promise<void> {
    return new Promise((resolve) => {
      this.#expected = expected;
      this.#finish = resolve;
      this.#timer = clock.startTimer(waitMs, () => this.stop());
      this.#check();
    });
  }

  /** Ends the waiting now. */
  stop(): void {
    this.#timer?.cancel();
    this.#finish?.();
    this.#finish = undefined;
  }

  #check(): void {
    if (this.#surfaced.size + this.#failed.size >= this.#expected) this.stop();
  }
}
