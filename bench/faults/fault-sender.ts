import { randomInt } from "node:crypto";
import type { Ack, LoadClient } from "../mesh/load-client.ts";
import { encodeLetter, letterId, type Letter } from "./letter.ts";
import { Link } from "./link.ts";
import type { MailAccount } from "./mail-account.ts";
import type { Target } from "./target.ts";

export interface FaultSenderOptions {
  name: string;
  account: MailAccount;
  targets: readonly Target[];
  open: (prepare: (client: LoadClient) => void) => Promise<LoadClient>;
  /** Letters each tick of 10 ms. */
  perTick?: number | undefined;
  bodyBytes?: number | undefined;
}

interface OpenSend {
  letter: Letter;
  writtenAt: number;
  writes: number;
}

const TICK_MS = 10;
const MOST_OPEN = 512;
/** The broker does not look into it. */
const NONCE = Buffer.alloc(24, 7).toString("base64");

/**
 * A sender that keeps what has no answer and writes it again after a reconnect, in its order and before anything new,
 * under the same `clientMessageId` ([SEND-6]). A refusal is final: it is not sent again.
 */
export class FaultSender {
  readonly link: Link;
  readonly refusals = new Map<string, number>();
  /** Resends that the broker had committed before without its answer having come. */
  duplicates = 0;
  /** Sends written again after a reconnect. */
  resends = 0;
  /** Longest time between writing a send and its answer on one connection. */
  slowestAnswerMs = 0;
  readonly #options: FaultSenderOptions;
  readonly #open = new Map<string, OpenSend>();
  #timer: NodeJS.Timeout | undefined;
  #lastNumber = 0;

  constructor(options: FaultSenderOptions) {
    this.#options = options;
    this.link = new Link({
      open: options.open,
      prepare: (client) => (client.onAck = (ack) => this.#answered(ack)),
      ready: (client) => {
        for (const send of this.#open.values()) this.#write(client, send);
      },
    });
  }

  /** Sends without an answer so far. */
  get unanswered(): number {
    return this.#open.size;
  }

  get sent(): number {
    return this.#lastNumber;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  /** Nothing new is written; what is open still is. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const { client } = this.link;
    for (let i = this.#options.perTick ?? 10; i > 0 && client !== undefined && this.#open.size < MOST_OPEN; i--) {
      const { name, account, targets } = this.#options;
      const target = targets[this.#lastNumber % targets.length];
      if (target === undefined) return;
      const priority = randomInt(4) === 0 ? "now" : "next";
      const letter: Letter = { sender: name, to: target.name, priority, number: ++this.#lastNumber };
      const send = { letter, writtenAt: 0, writes: 0 };
      this.#open.set(letterId(letter), send);
      account.posted(letter);
      this.#write(client, send);
    }
  }

  #write(client: LoadClient, send: OpenSend): void {
    const { letter } = send;
    const id = letterId(letter);
    send.writtenAt = performance.now();
    if (send.writes++ > 0) this.resends++;
    client.write({
      type: "send",
      id,
      clientMessageId: id,
      targetSpec: this.#options.targets.find(({ name }) => name === letter.to)?.spec,
      priority: letter.priority,
      nonce: NONCE,
      ciphertext: encodeLetter(letter, this.#options.bodyBytes),
    });
  }

  #answered(ack: Ack): void {
    const send = this.#open.get(ack.id);
    if (send === undefined) return;
    this.#open.delete(ack.id);
    this.slowestAnswerMs = Math.max(this.slowestAnswerMs, performance.now() - send.writtenAt);
    if (ack.duplicate === true) this.duplicates++;
    if (ack.queued) {
      this.#options.account.acked(send.letter, ack.recipients ?? 1);
      return;
    }
    const code = ack.code ?? "no code";
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    this.#options.account.refused(send.letter);
  }
}
