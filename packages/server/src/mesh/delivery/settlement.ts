import type { DeliveryReason, MeshId, ReceiptFrame } from "@parlatory/protocol";
import type { Store } from "../../store/store.ts";
import type { MeshMetrics } from "../ports.ts";
import type { Clock, Log } from "../../ports.ts";
import { hasCapability } from "../presence.ts";
import type { Presences } from "../presences.ts";
import type { BodyCache } from "./body-cache.ts";
import type { LedgerJournal } from "./ledger-journal.ts";
import type { Mail } from "./mail.ts";
import type { DeliveryRecord, DeliveryWindow } from "./mailbox.ts";
import { SeqBacklog } from "./seq-backlog.ts";

type SettledState = "surfaced" | "replied" | "expired" | "refused" | "dead";

const SETTLE_CHUNK = 500;
/** Chunks in one call at least; more when so many wait that they would take longer than this many calls. */
const LEAST_CHUNKS = 12;
const CALLS_TO_CATCH_UP = 20;

export interface SettlementOptions {
  clock: Clock;
  log: Log;
  metrics: MeshMetrics;
  presences: Presences;
  journal: LedgerJournal;
  bodies: BodyCache;
  store: Pick<Store, "settleMessages">;
  /** Writes the steps noted so far; while the database is down it resolves at once. */
  drain: () => Promise<void>;
  isDown: () => boolean;
  /** A place in a full window became free. */
  onFreed: (window: DeliveryWindow) => void;
}

/** Messages that one of the expiry lists may hold before the settled ones are let go; then twice what is left. */
const LEAST_TRACKED = 512;

/** Ends deliveries: their last step, the receipt to the sender, and the body when nobody needs it any more. */
export class Settlement {
  readonly #options: SettlementOptions;
  /** In order of expiry each, which is the order of sending while the time to live stays the same ([DLV-13]). */
  readonly #byExpiry: Record<"now" | "other", Mail[]> = { now: [], other: [] };
  readonly #mostTracked = { now: LEAST_TRACKED, other: LEAST_TRACKED };
  /** Positions only, because at full speed a hundred thousand of them can wait. */
  readonly #settled = new Map<MeshId, SeqBacklog>();
  #isDeleting = false;
  #ended = 0;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /** Deliveries ended so far. */
  get ended(): number {
    return this.#ended;
  }

  /** Messages settled whose bodies wait for deletion. */
  get waitingForDeletion(): number {
    let waiting = 0;
    for (const { size } of this.#settled.values()) waiting += size;
    return waiting;
  }

  track(mail: Mail): void {
    const name = mail.row.priority === "now" ? "now" : "other";
    insertByExpiry(this.#byExpiry[name], mail);
    if (this.#byExpiry[name].length < this.#mostTracked[name]) return;
    // Under load most of them are settled long before anybody looks for expired ones.
    this.#byExpiry[name] = this.#byExpiry[name].filter(({ unsettled }) => unsettled > 0);
    this.#mostTracked[name] = Math.max(LEAST_TRACKED, 2 * this.#byExpiry[name].length);
  }

  /** `at`: one instant for all that settle by one cause. */
  settle(
    delivery: DeliveryRecord,
    state: SettledState,
    reason: DeliveryReason | undefined,
    at = this.#options.clock.now(),
  ): void {
    const { mail, mailbox, window } = delivery;
    this.#ended++;
    if (window !== undefined) {
      window.remove(delivery);
      if (window.isBlocked) this.#options.onFreed(window);
    }
    delivery.queue?.remove(delivery);
    if (mailbox.deliveries.delete(mail.row.id)) mailbox.bytes -= mail.row.bytes;
    delivery.state = state;
    delivery.reason = reason;
    this.#options.journal.note(mailbox, mail.row.meshId, mail.row.seq, state, reason, at);
    this.#options.metrics.deliveryStep(state);
    if (state === "surfaced") {
      this.#options.metrics.deliverySurfaced(mail.row.priority, (at - mail.row.createdAt) / 1000);
    }
    this.#sendReceipt(delivery, state, reason, at);
    mail.unsettled--;
    if (mail.unsettled > 0) return;
    this.#options.bodies.drop(mail);
    this.finish(mail);
  }

  /** A message none of whose deliveries is unsettled: its body goes soon. */
  finish(mail: Mail): void {
    const { meshId, seq } = mail.row;
    let backlog = this.#settled.get(meshId);
    if (backlog === undefined) this.#settled.set(meshId, (backlog = new SeqBacklog()));
    backlog.add(seq);
  }

  /** Records that a surfaced delivery was answered ([DLV-1]). */
  noteReply(delivery: DeliveryRecord, replyId: string): void {
    const at = this.#options.clock.now();
    const { row } = delivery.mail;
    this.#options.journal.note(delivery.mailbox, row.meshId, row.seq, "replied", replyId, at);
    this.#options.metrics.deliveryStep("replied");
    this.#sendReceipt(delivery, "replied", replyId, at);
  }

  /** Ends what has outlived its time ([DLV-13]). */
  expire(forEachDelivery: (mail: Mail, end: (delivery: DeliveryRecord) => void) => void): number {
    const now = this.#options.clock.now();
    let expired = 0;
    for (const name of ["now", "other"] as const) {
      const queue = this.#byExpiry[name];
      let done = 0;
      for (
        let mail = queue[done];
        mail !== undefined && (mail.unsettled === 0 || mail.row.expiresAt <= now);
        mail = queue[done]
      ) {
        done++;
        if (mail.unsettled === 0) continue;
        forEachDelivery(mail, (delivery) => {
          this.settle(delivery, "expired", "ttl");
          expired++;
        });
      }
      if (done > 0) this.#byExpiry[name] = queue.slice(done);
      // Settled mail in the middle is let go when it is most of the queue.
      const rest = this.#byExpiry[name];
      if (rest.length > 4_096) {
        const unsettled = rest.filter((mail) => mail.unsettled > 0);
        if (unsettled.length * 2 < rest.length) this.#byExpiry[name] = unsettled;
      }
    }
    return expired;
  }

  /** Deletes bodies nobody needs, in bounded transactions ([DLV-14]). Called about once a second. */
  async deleteBodies(): Promise<void> {
    if (this.#isDeleting || this.waitingForDeletion === 0) return;
    this.#isDeleting = true;
    try {
      // Only mail whose last step is stored by then: what is marked settled is not looked at after a restart.
      const written = new Map([...this.#settled].map(([meshId, { size }]) => [meshId, size]));
      await this.#options.drain();
      if (this.#options.isDown()) return;
      for (const [meshId, count] of written) await this.#deleteBodiesOf(meshId, count);
    } catch (error) {
      // They stay on the list; the database is being probed by the group commit.
      this.#options.log.warn("could not delete settled bodies", {
        reason: error instanceof Error ? error.message : "unknown",
      });
    } finally {
      this.#isDeleting = false;
    }
  }

  async #deleteBodiesOf(meshId: MeshId, count: number): Promise<void> {
    const backlog = this.#settled.get(meshId);
    if (backlog === undefined) return;
    const most = Math.max(LEAST_CHUNKS, Math.ceil(count / SETTLE_CHUNK / CALLS_TO_CATCH_UP)) * SETTLE_CHUNK;
    for (let left = Math.min(count, most); left > 0;) {
      const chunk = backlog.oldest(Math.min(SETTLE_CHUNK, left));
      await this.#options.store.settleMessages(meshId, chunk, this.#options.clock.now());
      // More may have settled meanwhile, behind these.
      backlog.drop(chunk.length);
      left -= chunk.length;
    }
    if (backlog.size === 0) this.#settled.delete(meshId);
  }

  #sendReceipt(delivery: DeliveryRecord, state: SettledState, reason: string | undefined, at: number): void {
    const { row, senderPresenceId } = delivery.mail;
    const presence =
      (senderPresenceId === undefined ? undefined : this.#options.presences.get(senderPresenceId)) ??
      this.#options.presences.bySessionKey(row.meshId, row.senderPubkey);
    if (presence?.connection === undefined || !presence.ready || !hasCapability(presence, "receipts")) return;
    presence.connection.send(
      JSON.stringify(toReceipt(row.id, row.clientMessageId, delivery.mailbox.recipient, state, reason, at)),
    );
  }
}

/** Nearly always at the end; a time to live that was shortened puts new mail before what was sent earlier. */
function insertByExpiry(queue: Mail[], mail: Mail): void {
  const { expiresAt } = mail.row;
  const last = queue.at(-1);
  if (last === undefined || last.row.expiresAt <= expiresAt) {
    queue.push(mail);
    return;
  }
  const at = queue.findLastIndex((other) => other.row.expiresAt <= expiresAt) + 1;
  queue.splice(at, 0, mail);
}

/** The key shown for a recipient: always a full public key ([DLV-16]). */
export function recipientPubkey(recipient: { kind: string; key: string }): string {
  return recipient.kind === "presence" ? recipient.key.slice(recipient.key.indexOf("/") + 1) : recipient.key;
}

export function toReceipt(
  messageId: string,
  clientMessageId: string | undefined,
  recipient: { kind: string; key: string; name: string },
  state: ReceiptFrame["state"],
  reason: string | undefined,
  at: number,
): ReceiptFrame {
  return {
    type: "receipt",
    messageId,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    recipient: { pubkey: recipientPubkey(recipient), name: recipient.name },
    state,
    at: new Date(at).toISOString(),
    ...(reason === undefined ? {} : { reason }),
  };
}
