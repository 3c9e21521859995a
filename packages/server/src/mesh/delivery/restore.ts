import { isSettled, type MeshId } from "@parlatory/protocol";
import type { Store, UnsettledMessage } from "../../store/store.ts";
import type { Clock } from "../../ports.ts";
import type { Mail } from "./mail.ts";
import { createDelivery, type DeliveryRecord, type Mailbox } from "./mailbox.ts";
import type { MailboxTable } from "./mailbox-table.ts";
import type { Offering } from "./offering.ts";
import type { Settlement } from "./settlement.ts";

const PAGE = 1_000;

export interface RestoreOptions {
  store: Pick<Store, "loadUnsettled">;
  meshIds: readonly MeshId[];
  clock: Clock;
  mailboxes: MailboxTable;
  settlement: Settlement;
  offering: Offering;
}

/**
 * Rebuilds mailboxes after a start: every committed delivery that is not settled waits again, what had been offered
 * before goes first ([DLV-2], [DLV-5]). Returns how many deliveries were found.
 */
export async function restoreMail(options: RestoreOptions): Promise<number> {
  let found = 0;
  const again = new Map<Mailbox, { delivery: DeliveryRecord; firstOfferAt: number }[]>();
  const touched = new Set<Mailbox>();
  const unsettledMail: Mail[] = [];
  for (const meshId of options.meshIds) {
    let after = 0;
    for (;;) {
      const page = await options.store.loadUnsettled(meshId, after, PAGE);
      if (page.length === 0) break;
      for (const unsettled of page) {
        const mail = restoreOne(options, unsettled, again, touched);
        found += mail.unsettled;
        if (mail.unsettled === 0) options.settlement.finish(mail);
        else unsettledMail.push(mail);
      }
      after = page.at(-1)?.message.seq ?? after;
    }
  }
  // Each mesh was read by itself, and a time to live may have been another when its mail was sent.
  unsettledMail.sort((a, b) => a.row.expiresAt - b.row.expiresAt);
  for (const mail of unsettledMail) options.settlement.track(mail);
  for (const [mailbox, offered] of again) {
    offered.sort((a, b) => a.firstOfferAt - b.firstOfferAt || a.delivery.mail.row.seq - b.delivery.mail.row.seq);
    for (const { delivery } of offered) options.offering.numberOffer(delivery);
    mailbox.putBack(offered.map(({ delivery }) => delivery));
  }
  for (const mailbox of touched) options.offering.restate(mailbox, mailbox.waiting());
  return found;
}

function restoreOne(
  options: RestoreOptions,
  { message, deliveries }: UnsettledMessage,
  again: Map<Mailbox, { delivery: DeliveryRecord; firstOfferAt: number }[]>,
  touched: Set<Mailbox>,
): Mail {
  const mail: Mail = { row: message, senderPresenceId: undefined, unsettled: 0, body: undefined, frame: undefined };
  for (const { rid, steps } of deliveries) {
    if (steps.some(({ state }) => isSettled(state))) continue;
    const recipient = options.mailboxes.recipients.byRid(rid);
    if (recipient === undefined) continue;
    const mailbox = options.mailboxes.ensure(recipient);
    const delivery = createDelivery(mail, mailbox);
    const offers = steps.filter(({ state }) => state === "offered");
    const last = steps.at(-1);
    delivery.offers = offers.length;
    delivery.state = last?.state ?? "accepted";
    delivery.reason = last?.reason as DeliveryRecord["reason"];
    mail.unsettled++;
    mailbox.bytes += message.bytes;
    touched.add(mailbox);
    const firstOfferAt = offers[0]?.at;
    if (firstOfferAt === undefined) {
      mailbox.add(delivery);
      continue;
    }
    mailbox.deliveries.set(message.id, delivery);
    const same = again.get(mailbox);
    if (same === undefined) again.set(mailbox, [{ delivery, firstOfferAt }]);
    else same.push({ delivery, firstOfferAt });
  }
  return mail;
}
