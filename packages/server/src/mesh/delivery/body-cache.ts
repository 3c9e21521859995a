import type { MessageBody } from "../../store/store.ts";
import type { Mail } from "./mail.ts";

/** Bodies of unsettled mail in memory, oldest dropped first when there are too many bytes; the store has them all. */
export class BodyCache {
  readonly #maxBytes: number;
  readonly #held = new Map<Mail, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  put(mail: Mail, body: MessageBody): void {
    if (mail.body !== undefined) return;
    mail.body = body;
    // The frame built from a body costs about as much again.
    const cost = 2 * (body.ciphertext.length + body.nonce.length);
    this.#held.set(mail, cost);
    this.#bytes += cost;
    while (this.#bytes > this.#maxBytes && this.#held.size > 1) {
      const oldest = this.#held.keys().next().value;
      if (oldest === undefined || oldest === mail) break;
      this.drop(oldest);
    }
  }

  drop(mail: Mail): void {
    const cost = this.#held.get(mail);
    if (cost === undefined) return;
    this.#held.delete(mail);
    this.#bytes -= cost;
    mail.body = undefined;
    mail.frame = undefined;
  }
}
