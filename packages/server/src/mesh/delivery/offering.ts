/**
 * Decides what is written to which connection next. For each mailbox: redeliveries in their original order, then fresh
 * mail by class ([DLV-5]), as far as gates ([STAT-6]), windows ([DLV-9]) and outgoing buffers ([WS-7]) allow.
 * It must not know why it is called: `pump` is safe at any time and offers everything that can go, so a lost wake-up
 * can only be a missing call ([DLV-19]).
 */
import type { DeliveryReason, MeshLimits, PresenceId, PublicKey } from "@parlatory/protocol";
import type { Store } from "../../store/store.ts";
import { AnswerDeadline } from "../answer-deadline.ts";
import type { Directory } from "../directory.ts";
import type { MeshMetrics, PresenceConnection } from "../ports.ts";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import { hasCapability, isGateOpen, isLive, type Presence } from "../presence.ts";
import type { Presences } from "../presences.ts";
import type { BodyCache } from "./body-cache.ts";
import type { LedgerJournal } from "./ledger-journal.ts";
import { type DeliveryRecord, type Mailbox, PRIORITIES, type DeliveryWindow } from "./mailbox.ts";
import { OfferWindow } from "./offer-window.ts";
import { encodePush } from "./push-frame.ts";
import type { Settlement } from "./settlement.ts";

const LOAD_AT_ONCE = 64;

export interface OfferingOptions {
  clock: Clock;
  scheduler: Scheduler;
  log: Log;
  metrics: MeshMetrics;
  limits: MeshLimits;
  directory: Directory;
  presences: Presences;
  journal: LedgerJournal;
  bodies: BodyCache;
  settlement: Settlement;
  store: Pick<Store, "readBodies">;
  /** Deliveries were settled here, outside any call from above: windows may have room again. */
  onSettled: () => void;
}

interface Offer {
  delivery: DeliveryRecord;
  window: DeliveryWindow;
}

export class Offering {
  readonly #options: OfferingOptions;
  readonly #deadline: AnswerDeadline;
  readonly #windows = new Map<PresenceConnection, DeliveryWindow>();
  #lastOrder = 0;

  constructor(options: OfferingOptions) {
    this.#options = options;
    this.#deadline = new AnswerDeadline(options);
  }

  /** Windows with something in them or not; one per open connection that was offered mail. */
  windows(): Iterable<DeliveryWindow> {
    return this.#windows.values();
  }

  windowOf(presence: Presence): DeliveryWindow | undefined {
    return presence.connection === undefined ? undefined : this.#windows.get(presence.connection);
  }

  /** Offers everything that can go from one mailbox. */
  pump(mailbox: Mailbox): void {
    if (mailbox.loading !== undefined) return;
    for (let offer = this.#pick(mailbox); offer !== undefined; offer = this.#pick(mailbox)) {
      if (offer.delivery.mail.body === undefined) {
        mailbox.loading = this.#load(mailbox, this.#nextWithoutBody(mailbox, offer.delivery));
        return;
      }
      this.#offer(offer.delivery, offer.window, offer.delivery.offers > 0 ? "redelivery" : "push");
    }
  }

  /** What was offered from a mailbox leaves now, not at the end of the turn ([PERF-1]). */
  flush(mailbox: Mailbox): void {
    const { recipient } = mailbox;
    const presences = recipient.kind === "member" ? this.#memberPresences(mailbox) : [this.presenceOf(mailbox)];
    for (const presence of presences) presence?.connection?.flush();
  }

  /** Gives what waits its present state, for the ledger ([DLV-1]): `stored` or `held` with the reason. */
  restate(mailbox: Mailbox, deliveries: Iterable<DeliveryRecord>): void {
    const at = this.#options.clock.now();
    for (const delivery of deliveries) {
      if (delivery.queue === undefined) continue;
      const { state, reason } = this.#explainWaiting(mailbox, delivery);
      if (delivery.state === state && delivery.reason === reason) continue;
      delivery.state = state;
      delivery.reason = reason;
      const { row } = delivery.mail;
      this.#options.journal.note(mailbox, row.meshId, row.seq, state, reason, at);
      this.#options.metrics.deliveryStep(state);
    }
  }

  /**
   * Offers what is held in these mailboxes whatever the status says ([DLV-18]). Returns how many were written. Raises
   * `storage_unavailable` when bodies cannot be read.
   */
  async pull(presence: Presence, mailboxes: readonly Mailbox[], max: number): Promise<number> {
    const order = pullOrder(mailboxes, presence);
    let count = 0;
    let at = 0;
    while (at < order.length && count < max) {
      const part = order.slice(at, at + Math.min(LOAD_AT_ONCE, max - count));
      at += part.length;
      await this.#loadBodies(part);
      for (const delivery of part) {
        // While bodies were read it may have been offered elsewhere or have settled.
        if (delivery.queue === undefined || delivery.mail.body === undefined) continue;
        const window = this.#openWindow(presence);
        if (window === undefined || !this.#hasRoom(window, delivery)) return count;
        this.#offer(delivery, window, "pull");
        count++;
      }
    }
    return count;
  }

  /** Deliveries of these mailboxes that a pull of this presence could still get. */
  countPullable(mailboxes: readonly Mailbox[], presence: Presence): number {
    return pullOrder(mailboxes, presence).length;
  }

  /** The connection is gone: what was offered on it waits again ([DLV-8]). Returns the mailboxes concerned. */
  closeWindow(connection: PresenceConnection): Set<Mailbox> {
    const window = this.#windows.get(connection);
    this.#windows.delete(connection);
    if (window === undefined) return new Set();
    return this.takeBack([...window.offered.values()], "disconnect");
  }

  /** Puts offered deliveries back to wait, in their original order. */
  takeBack(deliveries: readonly DeliveryRecord[], why: "disconnect" | "timeout"): Set<Mailbox> {
    const byMailbox = new Map<Mailbox, DeliveryRecord[]>();
    for (const delivery of deliveries) {
      delivery.window?.remove(delivery);
      delivery.received = false;
      this.#options.metrics.redelivery(why);
      const same = byMailbox.get(delivery.mailbox);
      if (same === undefined) byMailbox.set(delivery.mailbox, [delivery]);
      else same.push(delivery);
    }
    for (const [mailbox, back] of byMailbox) mailbox.putBack(back);
    return new Set(byMailbox.keys());
  }

  /** Deliveries offered longer ago than the acknowledgement timeout without any sign of the receiver ([DLV-8]). */
  timedOut(): DeliveryRecord[] {
    const before = this.#options.clock.now() - this.#options.limits.ackTimeoutMs;
    const late: DeliveryRecord[] = [];
    for (const window of this.#windows.values()) {
      if (!hasCapability(window.presence, "client_ack")) continue;
      for (const delivery of window.offered.values()) {
        // Offer order is time order: the first young one ends the search.
        if (delivery.offeredAt > before) break;
        if (!delivery.received) late.push(delivery);
      }
    }
    return late;
  }

  /** Gives a delivery offered before a restart its place among the first offers. */
  numberOffer(delivery: DeliveryRecord): void {
    delivery.offerOrder = ++this.#lastOrder;
  }

  /** The next delivery that can go, and the window it goes into. */
  #pick(mailbox: Mailbox): Offer | undefined {
    const { queues } = mailbox;
    let again: Offer | undefined;
    for (const priority of PRIORITIES) {
      if (queues[priority].again.size === 0) continue;
      const offer = this.#firstOffer(mailbox, queues[priority].again);
      if (offer !== undefined && (again === undefined || offer.delivery.offerOrder < again.delivery.offerOrder)) {
        again = offer;
      }
    }
    if (again !== undefined) return again;
    for (const priority of PRIORITIES) {
      if (queues[priority].fresh.size === 0) continue;
      const offer = this.#firstOffer(mailbox, queues[priority].fresh);
      if (offer !== undefined) return offer;
    }
    return undefined;
  }

  /** A session has one connection, so its first delivery decides; a member has several, so later ones may go elsewhere. */
  #firstOffer(
    mailbox: Mailbox,
    queue: Iterable<DeliveryRecord> & { first: DeliveryRecord | undefined },
  ): Offer | undefined {
    const { recipient } = mailbox;
    if (recipient.kind !== "member") {
      const delivery = queue.first;
      const presence = this.presenceOf(mailbox);
      return delivery === undefined || presence === undefined ? undefined : this.#offerTo(delivery, presence);
    }
    for (const delivery of queue) {
      for (const presence of this.#membersByPreference(mailbox)) {
        if (isSender(delivery, presence)) continue;
        const offer = this.#offerTo(delivery, presence);
        if (offer !== undefined) return offer;
      }
    }
    return undefined;
  }

  #offerTo(delivery: DeliveryRecord, presence: Presence): Offer | undefined {
    if (!isGateOpen(presence, delivery.mail.row.priority)) return undefined;
    const window = this.#openWindow(presence);
    if (window === undefined || !this.#hasRoom(window, delivery)) return undefined;
    return { delivery, window };
  }

  #openWindow(presence: Presence): DeliveryWindow | undefined {
    const { connection } = presence;
    if (connection === undefined || !presence.ready) return undefined;
    let window = this.#windows.get(connection);
    if (window === undefined) this.#windows.set(connection, (window = new OfferWindow(presence, connection)));
    return window;
  }

  #hasRoom(window: DeliveryWindow, delivery: DeliveryRecord): boolean {
    const { limits } = this.#options;
    const hasRoom =
      window.hasRoom(delivery.mail.row.bytes, limits.offerWindowMessages, limits.offerWindowBytes) &&
      window.connection.bufferedBytes() <= limits.pauseOffersAboveBytes;
    if (!hasRoom) window.isBlocked = true;
    return hasRoom;
  }

  /** The one presence of a session's mailbox. */
  presenceOf(mailbox: Mailbox): Presence | undefined {
    const { recipient } = mailbox;
    return recipient.kind === "session"
      ? this.#options.presences.bySessionKey(recipient.meshId, recipient.key as PublicKey)
      : this.#options.presences.get(recipient.key.slice(0, recipient.key.indexOf("/")) as PresenceId);
  }

  /** Idle first, then the latest connected (section 5, targets). */
  #membersByPreference(mailbox: Mailbox): Presence[] {
    return this.#memberPresences(mailbox)
      .filter((presence) => presence.connection !== undefined && presence.ready)
      .sort((a, b) => Number(b.status === "idle") - Number(a.status === "idle") || b.attachedAt - a.attachedAt);
  }

  #memberPresences(mailbox: Mailbox): Presence[] {
    const { meshId, key } = mailbox.recipient;
    const member = this.#options.directory.memberByKey(meshId, key as PublicKey);
    return member === undefined
      ? []
      : [...this.#options.presences.ofMember(member.id)].filter(({ kind }) => kind === "session");
  }

  #explainWaiting(mailbox: Mailbox, delivery: DeliveryRecord): { state: "stored" | "held"; reason: DeliveryReason } {
    const own = mailbox.recipient.kind === "member" ? undefined : this.presenceOf(mailbox);
    const candidates =
      mailbox.recipient.kind === "member"
        ? this.#memberPresences(mailbox).filter((presence) => !isSender(delivery, presence))
        : own === undefined
          ? []
          : [own];
    const connected = candidates.filter((presence) => presence.connection !== undefined);
    if (connected.length === 0) {
      return { state: "stored", reason: candidates.some((presence) => isLive(presence)) ? "reconnecting" : "offline" };
    }
    const { priority } = delivery.mail.row;
    if (connected.some((presence) => isGateOpen(presence, priority))) return { state: "held", reason: "window_full" };
    const idle = connected.some((presence) => presence.status === "idle");
    if (idle) return { state: "held", reason: "pull_only" };
    return {
      state: "held",
      reason: connected.some((presence) => presence.status === "working") ? "gate_working" : "gate_dnd",
    };
  }

  #offer(delivery: DeliveryRecord, window: DeliveryWindow, reason: "push" | "pull" | "redelivery"): void {
    const { mail, mailbox } = delivery;
    const { row, body } = mail;
    if (body === undefined) return;
    const at = this.#options.clock.now();
    const isFirst = delivery.offers === 0;
    delivery.queue?.remove(delivery);
    if (isFirst) delivery.offerOrder = ++this.#lastOrder;
    delivery.offers++;
    delivery.offeredAt = at;
    delivery.received = false;
    delivery.state = "offered";
    delivery.reason = reason;
    window.add(delivery);
    this.#options.journal.note(mailbox, row.meshId, row.seq, "offered", reason, at);
    this.#options.metrics.deliveryStep("offered");
    if (isFirst && reason === "push" && row.recipients.length > 1) {
      mail.frame ??= Buffer.from(encodePush(row, body, 0, false));
      window.connection.send(mail.frame);
    } else {
      window.connection.send(encodePush(row, body, delivery.offers - 1, reason === "pull"));
    }
    if (!hasCapability(window.presence, "client_ack")) this.#confirmLegacy(window);
  }

  /** A client that does not acknowledge has surfaced what was flushed and proven read by a pong ([DLV-12]). */
  #confirmLegacy(window: DeliveryWindow): void {
    if (window.isConfirming) return;
    window.isConfirming = true;
    // Everything offered in this turn is covered by one ping written after it.
    queueMicrotask(() => {
      const covered = [...window.offered.values()];
      window.connection.confirmFlushed(this.#options.limits.legacySettleMs, (confirmed) => {
        window.isConfirming = false;
        if (!confirmed || this.#windows.get(window.connection) !== window) return;
        for (const delivery of covered) {
          if (delivery.window === window) this.#options.settlement.settle(delivery, "surfaced", "legacy");
        }
        this.#options.onSettled();
        if (window.offered.size > 0) this.#confirmLegacy(window);
      });
    });
  }

  #nextWithoutBody(mailbox: Mailbox, first: DeliveryRecord): DeliveryRecord[] {
    const wanted = [first];
    for (const delivery of mailbox.waiting()) {
      if (wanted.length >= LOAD_AT_ONCE) break;
      if (delivery !== first && delivery.mail.body === undefined) wanted.push(delivery);
    }
    return wanted;
  }

  async #load(mailbox: Mailbox, wanted: readonly DeliveryRecord[]): Promise<void> {
    try {
      await this.#loadBodies(wanted);
    } catch (error) {
      // The group commit probes the database and every mailbox is pumped when it answers again.
      this.#options.log.warn("could not read mail from the store", {
        reason: error instanceof Error ? error.message : "unknown",
      });
      mailbox.loading = undefined;
      return;
    }
    mailbox.loading = undefined;
    this.pump(mailbox);
  }

  async #loadBodies(wanted: readonly DeliveryRecord[]): Promise<void> {
    const missing = wanted.filter((delivery) => delivery.mail.body === undefined);
    const meshId = missing[0]?.mail.row.meshId;
    if (meshId === undefined) return;
    const seqs = missing.map((delivery) => delivery.mail.row.seq);
    const bodies = await this.#deadline.within(() => this.#options.store.readBodies(meshId, seqs));
    // Newest first, so that the cache drops the ones wanted last.
    for (const delivery of [...missing].reverse()) {
      const body = bodies.get(delivery.mail.row.seq);
      if (body !== undefined) {
        if (delivery.mail.unsettled > 0) this.#options.bodies.put(delivery.mail, body);
      } else if (delivery.queue !== undefined) {
        this.#options.log.error("a message has no body in the store; it cannot be delivered", {
          message: delivery.mail.row.id,
        });
        this.#options.settlement.settle(delivery, "dead", undefined);
      }
    }
  }
}

/** Never to the sending presence (section 5, targets). */
function isSender(delivery: DeliveryRecord, presence: Presence): boolean {
  const { senderPresenceId, row } = delivery.mail;
  return (
    presence.id === senderPresenceId ||
    (presence.sessionPubkey !== undefined && presence.sessionPubkey === row.senderPubkey)
  );
}

/** What a pull offers, in the order of [DLV-5]. */
function pullOrder(mailboxes: readonly Mailbox[], presence: Presence): DeliveryRecord[] {
  const again: DeliveryRecord[] = [];
  const fresh: DeliveryRecord[] = [];
  for (const priority of PRIORITIES) {
    for (const mailbox of mailboxes) again.push(...mailbox.queues[priority].again);
    const same = mailboxes.flatMap((mailbox) => [...mailbox.queues[priority].fresh]);
    fresh.push(...same.sort((a, b) => a.mail.row.seq - b.mail.row.seq));
  }
  again.sort((a, b) => a.offerOrder - b.offerOrder);
  return [...again, ...fresh].filter((delivery) => !isSender(delivery, presence));
}
