import type { MeshErrorCode, MeshErrorDetail } from "@parlatory/protocol";

/** Deliveries of one message by where they stood right after the commit ([SEND-1]). */
export interface SendOutcome {
  offering: number;
  held: number;
  stored: number;
  refused: number;
}

export type SendReply =
  | { ok: true; messageId: string; duplicate: boolean; recipients: number; outcome: SendOutcome }
  | { ok: false; code: MeshErrorCode; message: string; detail: MeshErrorDetail };

interface Slot {
  readonly send: (reply: SendReply) => void;
  reply: SendReply | undefined;
}

/** Keeps the answers of one presence in the order of its sends, whatever takes longer ([WS-5], [SEND-4]). */
export class ReplyOrder {
  readonly #slots: Slot[] = [];
  #head = 0;

  open(send: (reply: SendReply) => void): (reply: SendReply) => void {
    const slot: Slot = { send, reply: undefined };
    this.#slots.push(slot);
    return (reply) => {
      slot.reply ??= reply;
      this.#release();
    };
  }

  get waiting(): number {
    return this.#slots.length - this.#head;
  }

  #release(): void {
    for (let slot = this.#slots[this.#head]; slot?.reply !== undefined; slot = this.#slots[this.#head]) {
      this.#head++;
      slot.send(slot.reply);
    }
    if (this.#head === this.#slots.length) this.#slots.length = 0;
    else if (this.#head > 1_024) this.#slots.splice(0, this.#head);
    else return;
    this.#head = 0;
  }
}
