import type { Priority } from "@parlatory/protocol";
import type { SendReply } from "../../../src/mesh/delivery/reply-order.ts";
import { BrokenRule } from "./broken-rule.ts";
import { recipientKeysOf, type ModelClient } from "./model-client.ts";

export interface SentMessage {
  body: string;
  client: ModelClient;
  target: string;
  priority: Priority;
  replyTo: string | undefined;
  reply: SendReply | undefined;
  number: number;
  /** Number of the send this one repeats, or its own. */
  first: number;
}

/** Everything the clients of a model sent, with the broker's answers. */
export class SentMessages {
  readonly all: SentMessage[] = [];
  readonly #refusedBodies = new Set<string>();

  add(message: Omit<SentMessage, "reply" | "number" | "body" | "first">, repeat: SentMessage | undefined): SentMessage {
    const number = this.all.length;
    const body = repeat?.body ?? Buffer.from(`message-${number}`).toString("base64");
    const sent: SentMessage = { ...message, body, reply: undefined, number, first: repeat?.first ?? number };
    this.all.push(sent);
    // From here on the text may be delivered after all.
    this.#refusedBodies.delete(body);
    return sent;
  }

  /** Notes the answer to a send. Raises BrokenRule when an earlier send of the client has none yet. */
  answer(sent: SentMessage, reply: SendReply): void {
    const earlier = this.all.find(
      (other) => other.client === sent.client && other.number < sent.number && other.reply === undefined,
    );
    sent.reply = reply;
    // A repeat may succeed after a refusal, and be refused for its rate or room after a success.
    const isAccepted = this.all.some(
      (other) => other.body === sent.body && (other.reply === undefined || other.reply.ok),
    );
    if (isAccepted) this.#refusedBodies.delete(sent.body);
    else this.#refusedBodies.add(sent.body);
    if (earlier !== undefined) {
      throw new BrokenRule(`[SEND-4] send ${sent.number} was answered before send ${earlier.number}`);
    }
  }

  /** Every send of this text was refused: nothing of it may be stored or delivered ([SEND-4]). */
  isRefused(body: string): boolean {
    return this.#refusedBodies.has(body);
  }

  /** The broker crashed: what it did not answer it never will. */
  loseAnswers(): void {
    for (const sent of this.all) {
      sent.reply ??= { ok: false, code: "internal", message: "lost in a crash", detail: {} };
    }
  }
}

/** Tells whether this send answers the delivery, which settles it once the send is committed. */
export function isAnswerTo(sent: SentMessage, recipient: string, messageId: string): boolean {
  return sent.replyTo === messageId && recipientKeysOf(sent.client).includes(recipient);
}
