import type { MeshLimits, PushFrame } from "@parlatory/protocol";
import { BrokenRule } from "./broken-rule.ts";
import type { HeldTime } from "../held-time.ts";
import type { MemoryStore } from "../memory-store.ts";
import { mayBePushed, recipientKeysOf, type ModelClient, type ModelConnection } from "./model-client.ts";
import type { OutstandingOffers } from "./outstanding-offers.ts";
import { isAnswerTo, type SentMessages } from "./sent-messages.ts";

export interface PushRulesOptions {
  time: HeldTime;
  store: MemoryStore;
  limits: MeshLimits;
  offers: OutstandingOffers;
  sent: SentMessages;
}

/** Positions that came through one connection, by recipient and class. */
interface Marks {
  firstOffered: Map<string, number>;
  offeredAgain: Map<string, number>;
  seen: Set<string>;
}

/** What sections 5 to 7 of the contract say of a single push, checked at the moment it is written to a connection. */
export class PushRules {
  readonly #options: PushRulesOptions;
  readonly #marks = new WeakMap<ModelConnection, Marks>();

  constructor(options: PushRulesOptions) {
    this.#options = options;
  }

  /** Notes the offer. Raises BrokenRule for the first rule it breaks. */
  check(connection: ModelConnection, push: PushFrame): void {
    const { client } = connection;
    const { presence } = client;
    const { store, sent } = this.#options;
    if (sent.isRefused(push.ciphertext)) {
      throw new BrokenRule(`[SEND-4] ${push.messageId} was refused and is delivered`);
    }
    const stored = store.messages.get(push.messageId as never);
    if (stored === undefined) throw new BrokenRule(`[WS-5] ${push.messageId} was pushed before its commit`);
    if (presence === undefined || presence.connection !== connection) {
      throw new BrokenRule("[PRES-2] mail was pushed to a replaced connection");
    }
    if (push.pulled !== true && !mayBePushed(presence, push.priority)) {
      throw new BrokenRule(`[STAT-6] a '${push.priority}' message was pushed to a peer that is ${presence.status}`);
    }
    if (connection.isClogged) throw new BrokenRule("[WS-7] an offer was made above the pause mark");
    const recipient = this.#recipientFor(client, stored.recipients);
    this.#checkOneOffer(recipient, connection, push);
    this.#checkOrder(recipient, connection, push, stored.seq);
    if (client.sessionPubkey !== undefined && push.senderPubkey === client.sessionPubkey) {
      throw new BrokenRule("[SEND-3] a session got its own message");
    }
    this.#checkWindow(connection);
  }

  /** The recipient of a message that this client stands for. */
  #recipientFor(client: ModelClient, rids: readonly number[]): string {
    const own = recipientKeysOf(client);
    const found = this.#options.store
      .recipientsOf(rids)
      .map(({ kind, key }) => `${kind}/${key}`)
      .find((recipient) => own.includes(recipient));
    if (found === undefined) {
      throw new BrokenRule(`[MODEL-2] ${client.profile.name} got mail that is not addressed to it`);
    }
    return found;
  }

  #checkOneOffer(recipient: string, connection: ModelConnection, push: PushFrame): void {
    const { offers, time, limits } = this.#options;
    const now = time.now();
    const other = offers.of(recipient, push.messageId);
    if (other !== undefined && other.connection.isOpen) {
      const isTimedOut =
        other.connection.client.profile.modern && !other.received && now - other.at >= limits.ackTimeoutMs;
      if (!isTimedOut) throw new BrokenRule(`[DLV-3] ${push.messageId} is offered twice at once`);
    }
    offers.put(recipient, push.messageId, connection, now);
  }

  #checkOrder(recipient: string, connection: ModelConnection, push: PushFrame, seq: number): void {
    const { firstOffered, offeredAgain, seen } = this.#marksOf(connection);
    const isFirst = push.redelivery === undefined;
    const marks = isFirst ? firstOffered : offeredAgain;
    const delivery = `${recipient} ${push.messageId}`;
    if (!isFirst && seen.has(delivery)) return;
    seen.add(delivery);
    const mark = `${recipient} ${push.priority}`;
    const highest = marks.get(mark) ?? 0;
    if (highest > seq) throw new BrokenRule(`[DLV-5] position ${seq} came after ${highest} for ${mark}`);
    marks.set(mark, seq);
  }

  #checkWindow(connection: ModelConnection): void {
    const { offers, sent, time, limits } = this.#options;
    // What timed out may have been given up; the ledger tells at rest.
    const since = time.now() - limits.ackTimeoutMs;
    const answering = sent.all.filter(({ reply, replyTo }) => reply === undefined && replyTo !== undefined);
    let held = 0;
    for (const offer of offers.all()) {
      if (offer.connection !== connection) continue;
      if (answering.some((message) => isAnswerTo(message, offer.recipient, offer.messageId))) continue;
      if (offer.received || offer.at > since) held++;
    }
    if (held > limits.offerWindowMessages) throw new BrokenRule("[DLV-9] more was offered than the window holds");
  }

  #marksOf(connection: ModelConnection): Marks {
    let marks = this.#marks.get(connection);
    if (marks === undefined) {
      this.#marks.set(connection, (marks = { firstOffered: new Map(), offeredAgain: new Map(), seen: new Set() }));
    }
    return marks;
  }
}
