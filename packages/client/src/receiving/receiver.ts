/**
 * From a push to a message in the owner's hands, once ([DLV-4], [CRYPTO-3], [CRYPTO-8]). It must not know connections.
 * A message is: held (handed over, not surfaced) → settling (surfaced, being remembered) → remembered. One that comes again
 * in any of these states is acknowledged as far as it stands and not handed over again.
 */
import type { PushFrame } from "@parlatory/protocol";
import type { Identity } from "../connection/identity.ts";
import type { Logger } from "../logger.ts";
import type { ClientWarning } from "../mesh-client-events.ts";
import type { ReceivingOptions } from "../mesh-client-options.ts";
import type { Acknowledger } from "./acknowledger.ts";
import { classifyPush } from "./classify-push.ts";
import { IncomingMessage, type MessageContent } from "./incoming-message.ts";
import type { ReceivedIds } from "./received-ids.ts";

export interface ReceiverOptions {
  receivedIds: ReceivedIds;
  receiving: ReceivingOptions;
  acknowledger: Acknowledger;
  logger: Logger;
  /** Tells whether somebody took it. */
  handOver(message: IncomingMessage): boolean;
  warn(warning: ClientWarning): void;
}

/** Messages held at most: far more than a broker offers at once ([DLV-9]); beyond, one is left to its redelivery. */
const MAX_HELD = 8_192;

interface HeldMessage {
  isSettling: boolean;
  senderId: string | undefined;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #held = new Map<string, HeldMessage>();
  /** Proven senders' ids of the messages held. */
  readonly #heldSenders = new Set<string>();
  readonly #isAutomatic: boolean;
  readonly #sayReceived: boolean;
  readonly #settle = (message: IncomingMessage): void => this.#surfaced(message);

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#isAutomatic = options.receiving.surface === "automatic";
    this.#sayReceived = options.receiving.acknowledgeReceived ?? !this.#isAutomatic;
  }

  /** Messages handed over that are not remembered yet. */
  get held(): number {
    return this.#held.size;
  }

  /** Takes a push that is no system push. */
  push(push: PushFrame, identity: Identity): void {
    const { acknowledger, receiving } = this.#options;
    if (receiving.onRawPush !== undefined) return this.#raw(push, receiving.onRawPush);
    if (this.#isKnown(push.messageId)) return;
    if (this.#held.size >= MAX_HELD) {
      this.#options.logger.warn("too many messages wait to be shown; one was left to its redelivery", {
        held: this.#held.size,
      });
      return;
    }
    acknowledger.offered(push.messageId);
    const classified = classifyPush(push, identity);
    if (!classified.ok) return this.#undecryptable(push, classified.reason);
    const senderId = senderIdOf(push, classified.content);
    if (senderId !== undefined && (this.#heldSenders.has(senderId) || this.#options.receivedIds.has(senderId))) {
      // The same message under another id: shown already.
      acknowledger.surfaced(push.messageId, [push.messageId]);
      return;
    }
    this.#handOver(push, classified.content, senderId);
  }

  /** The batch with these messages is remembered and acknowledged. */
  remembered(messageIds: readonly string[]): void {
    for (const id of messageIds) this.#forget(id);
  }

  #handOver(push: PushFrame, content: MessageContent, senderId: string | undefined): void {
    const { acknowledger } = this.#options;
    const message = new IncomingMessage(push, content, this.#settle);
    const held = { isSettling: false, senderId };
    this.#held.set(push.messageId, held);
    if (senderId !== undefined) this.#heldSenders.add(senderId);
    if (!this.#options.handOver(message)) {
      // Nobody has it: unless somebody surfaced it all the same, its redelivery is the next chance.
      if (!held.isSettling) this.#forget(push.messageId);
      return;
    }
    if (this.#isAutomatic) this.#surfaced(message);
    if (this.#sayReceived) acknowledger.received(push.messageId);
  }

  #surfaced({ messageId }: IncomingMessage): void {
    const held = this.#held.get(messageId);
    if (held === undefined || held.isSettling) return;
    held.isSettling = true;
    this.#options.acknowledger.surfaced(
      messageId,
      held.senderId === undefined ? [messageId] : [messageId, held.senderId],
    );
  }

  #forget(messageId: string): void {
    const senderId = this.#held.get(messageId)?.senderId;
    if (senderId !== undefined) this.#heldSenders.delete(senderId);
    this.#held.delete(messageId);
  }

  #isKnown(messageId: string): boolean {
    const { acknowledger, receivedIds } = this.#options;
    const held = this.#held.get(messageId);
    if (held !== undefined && !held.isSettling) {
      acknowledger.offered(messageId);
      if (this.#sayReceived) acknowledger.received(messageId);
      return true;
    }
    if (held === undefined && !receivedIds.has(messageId)) return false;
    acknowledger.offered(messageId);
    acknowledger.surfaced(messageId, []);
    return true;
  }

  #undecryptable(push: PushFrame, reason: string): void {
    const { messageId, senderPubkey, senderName } = push;
    this.#options.acknowledger.refuse(messageId, "undecryptable");
    this.#options.warn({ kind: "undecryptable", messageId, senderPubkey, senderName, reason });
  }

  #raw(push: PushFrame, take: (push: PushFrame) => void): void {
    const { acknowledger } = this.#options;
    if (!this.#isAutomatic) acknowledger.offered(push.messageId);
    take(push);
    if (this.#isAutomatic) acknowledger.surfacedOnArrival(push.messageId);
    else if (this.#sayReceived) acknowledger.received(push.messageId);
  }
}

/** What identifies a message to its sender; only where the sender is proven, so that nobody can block another's ids. */
function senderIdOf(push: PushFrame, content: MessageContent): string | undefined {
  return content.signed && typeof push.clientMessageId === "string"
    ? `${push.senderPubkey}:${push.clientMessageId}`
    : undefined;
}
