import { isSettled, type MeshLimits, type Priority } from "@parlatory/protocol";
import type { MessageLedger } from "../../../src/store/store.ts";
import { BrokenRule } from "./broken-rule.ts";
import type { MemoryStore } from "../memory-store.ts";
import { mayBePushed, type ModelClient } from "./model-client.ts";
import type { OutstandingOffers } from "./outstanding-offers.ts";
import type { SentMessages } from "./sent-messages.ts";

export interface RestState {
  store: MemoryStore;
  limits: MeshLimits;
  clients: readonly ModelClient[];
  offers: OutstandingOffers;
  sent: SentMessages;
}

type Recipient = MessageLedger["deliveries"][number]["recipient"];

/** At rest: nothing deliverable is un-offered, and every acknowledged message is accounted for ([DLV-19], [DLV-20]). */
export function checkRest(state: RestState): void {
  const { store, sent } = state;
  for (const { id, ciphertext } of store.messages.values()) {
    if (sent.isRefused(ciphertext)) throw new BrokenRule(`[SEND-4] ${id} was refused and is stored`);
  }
  for (const { reply, number } of sent.all) {
    if (reply === undefined) throw new BrokenRule(`[SEND-4] send ${number} was never answered`);
    if (!reply.ok) continue;
    const ledger = store.ledgerNow(reply.messageId as never);
    if (ledger === undefined) throw new BrokenRule(`[DLV-2] ${reply.messageId} was acknowledged and is lost`);
    for (const delivery of ledger.deliveries) checkDelivery(state, ledger, delivery);
  }
}

function checkDelivery(
  { offers, clients, limits }: RestState,
  { message }: MessageLedger,
  { recipient, steps }: MessageLedger["deliveries"][number],
): void {
  const name = `${recipient.kind}/${recipient.key}`;
  const last = steps.at(-1)?.state;
  if (last !== undefined && isSettled(last)) {
    offers.drop((offer) => offer.recipient === name && offer.messageId === message.id);
    return;
  }
  if (offers.of(name, message.id)?.connection.isOpen === true) return;
  const taker = clients.find(
    (client) =>
      couldTake(client, recipient, message.priority, message.senderPubkey) &&
      offers.on(client.connection).length < limits.offerWindowMessages,
  );
  if (taker === undefined) return;
  throw new BrokenRule(
    `[DLV-19] ${message.id} (${message.priority}, ${last ?? "accepted"}) waits although ${taker.profile.name} could take it`,
  );
}

/** After everybody read everything: no acknowledged message is without an end, but mail nobody else can take. */
export function checkEnd({ store, clients, sent }: RestState): void {
  for (const { reply } of sent.all) {
    if (reply?.ok !== true) continue;
    const ledger = store.ledgerNow(reply.messageId as never);
    for (const { recipient, steps } of ledger?.deliveries ?? []) {
      const last = steps.at(-1)?.state ?? "accepted";
      if (isSettled(last)) continue;
      const readers = clients.filter(
        (client) => client.memberPubkey === recipient.key && client.sessionPubkey !== ledger?.message.senderPubkey,
      );
      const isForSenderOnly =
        recipient.kind === "member" && readers.every(({ sessionPubkey }) => sessionPubkey === undefined);
      if (!isForSenderOnly) {
        throw new BrokenRule(`[DLV-2] ${reply.messageId} ended as ${last} for ${recipient.name}, who read everything`);
      }
    }
  }
}

function couldTake(client: ModelClient, recipient: Recipient, priority: Priority, senderPubkey: string): boolean {
  const { presence, connection } = client;
  if (presence === undefined || connection === undefined) return false;
  if (presence.connection !== connection || connection.isClogged) return false;
  if (!presence.ready || !mayBePushed(presence, priority)) return false;
  switch (recipient.kind) {
    case "session":
      return recipient.key === client.sessionPubkey;
    case "member":
      // A sender without a session key is known by its presence only, which the ledger does not show.
      return (
        recipient.key === client.memberPubkey &&
        client.sessionPubkey !== undefined &&
        senderPubkey !== client.sessionPubkey
      );
    case "presence":
      return recipient.key.startsWith(`${presence.id}/`);
  }
}
