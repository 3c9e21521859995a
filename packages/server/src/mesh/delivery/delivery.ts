/**
 * Delivery: what happens to committed mail until the last step of every recipient (section 6). It knows presences,
 * gates, windows and the ledger; it must not know sockets or SQL. Whatever is committed is offered until its recipient
 * acknowledges it, it expires, or it is given up with a reason.
 *
 * Every event that could let mail move ends in `#pump…`, which offers whatever can go ([DLV-19]).
 */
import {
  WireError,
  type ClientFrameByType,
  type DeliveryReason,
  type MeshId,
  type MeshLimits,
  type MessageId,
  type Priority,
  type SendFrame,
} from "@parlatory/protocol";
import {
  StoreUnavailableError,
  type BootSnapshot,
  type MemberRow,
  type MessageRow,
  type Store,
} from "../../store/store.ts";
import type { Directory } from "../directory.ts";
import type { GroupCommit } from "../group-commit.ts";
import type { MeshMetrics, PresenceConnection } from "../ports.ts";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { Presence } from "../presence.ts";
import type { Presences } from "../presences.ts";
import { Audience } from "./audience.ts";
import { BodyCache } from "./body-cache.ts";
import { readMessageStatus, readStatusFor, type LedgerReader, type MessageStatus } from "./ledger.ts";
import type { LedgerJournal } from "./ledger-journal.ts";
import { type DeliveryRecord, type Mailbox, PRIORITIES, type DeliveryWindow } from "./mailbox.ts";
import { MailboxTable } from "./mailbox-table.ts";
import { Offering } from "./offering.ts";
import { RecipientIndex } from "./recipient-index.ts";
import { answerReply } from "./replies.ts";
import type { SendReply } from "./reply-order.ts";
import { restoreMail } from "./restore.ts";
import { countOutcome, Sending } from "./sending.ts";
import { Settlement } from "./settlement.ts";

const BODY_CACHE_BYTES = 24 * 1024 * 1024;

export interface DeliveryOptions {
  clock: Clock;
  scheduler: Scheduler;
  createId: () => string;
  log: Log;
  limits: MeshLimits;
  metrics: MeshMetrics;
  directory: Directory;
  presences: Presences;
  commit: GroupCommit;
  journal: LedgerJournal;
  store: Pick<Store, "readBodies" | "readLedger" | "settleMessages" | "findDuplicate" | "loadUnsettled">;
  boot: Pick<BootSnapshot, "recipients" | "lastRid" | "lastMessageSeq">;
  onLogged: (row: MessageRow) => void;
  /** A committed message is on its way to those with these keys. */
  onRouted?: ((row: MessageRow, keys: () => readonly string[]) => void) | undefined;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #mailboxes: MailboxTable;
  readonly #audience: Audience;
  readonly #settlement: Settlement;
  readonly #offering: Offering;
  readonly #sending: Sending;
  readonly #ledger: LedgerReader;
  readonly #freed = new Set<DeliveryWindow>();
  #ticks = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { clock, scheduler, log, limits, metrics, directory, presences, commit, journal, store, boot } = options;
    const bodies = new BodyCache(BODY_CACHE_BYTES);
    this.#mailboxes = new MailboxTable(
      new RecipientIndex(boot.recipients, boot.lastRid, (row) => commit.addRecipient(row)),
    );
    this.#audience = new Audience(directory, presences, limits.sessionMemoryMs);
    this.#ledger = { store, drain: () => drainOrFail(commit) };
    const onFreed = (window: DeliveryWindow) => this.#freed.add(window);
    this.#settlement = new Settlement({
      clock,
      log,
      metrics,
      presences,
      journal,
      bodies,
      store,
      onFreed,
      drain: () => commit.drain(),
      isDown: () => commit.isDown,
    });
    const shared = {
      clock,
      scheduler,
      log,
      limits,
      metrics,
      directory,
      journal,
      bodies,
      store,
      settlement: this.#settlement,
    };
    this.#offering = new Offering({ ...shared, presences, onSettled: () => this.#pumpFreed() });
    this.#sending = new Sending({
      ...shared,
      createId: options.createId,
      audience: this.#audience,
      mailboxes: this.#mailboxes,
      offering: this.#offering,
      commit,
      lastSeq: boot.lastMessageSeq,
      readOutcome: (meshId, messageId) => this.#readOutcome(meshId, messageId),
      onReply: (presence, replyTo, replyId) => this.#noteReply(presence, replyTo, replyId),
      onLogged: options.onLogged,
      onRouted: (row, keys) => options.onRouted?.(row, keys),
    });
    presences.listen({
      ready: (presence) => this.#handleReady(presence),
      opened: (presence) => this.#pumpPresence(presence, true),
      detached: (presence, connection) => this.#handleDetached(presence, connection),
      // A lease may end long after the connection did: when the broker was down, or the machine slept.
      left: (presence) => this.#audience.noteSeen(presence, presence.detachedAt ?? clock.now()),
      ended: (presence) => this.#handleEnded(presence),
      updated: (presence) => this.#audience.noteSeen(presence, clock.now()),
    });
  }

  /** Brings back the mail that was not settled when the store was last written. Called once, before the first hello. */
  async restore(): Promise<number> {
    const { store, directory, clock } = this.#options;
    const destination = { mailboxes: this.#mailboxes, settlement: this.#settlement, offering: this.#offering };
    return restoreMail({ store, meshIds: directory.meshes().map((mesh) => mesh.id), clock, ...destination });
  }

  /** Answers come in the order of the sends of a presence, refusals too. Never throws. */
  send(presence: Presence, frame: SendFrame, reply: (reply: SendReply) => void): void {
    this.#sending.send(presence, frame, reply);
  }

  /** Deliveries planned or ended since the start, as a measure of work. */
  get touched(): number {
    return this.#sending.planned + this.#settlement.ended;
  }

  /** To be called after each transaction of the group commit. */
  handleBatchSettled(): void {
    this.#sending.finishBatch();
  }

  /** The database answers again: whatever waited for it is looked at again. */
  handleReachable(): void {
    for (const mailbox of this.#mailboxes.all()) this.#offering.pump(mailbox);
  }

  /** Settles or marks as received ([DLV-7]). Raises `bad_request`; rejects with `not_found` for what was never offered. */
  acknowledge(presence: Presence, frame: ClientFrameByType["client_ack"]): void | Promise<void> {
    const { messageId, upTo, stage = "surfaced" } = frame;
    if ((messageId === undefined) === (upTo === undefined)) {
      throw new WireError("bad_request", "give either `messageId` or `upTo`", {
        field: messageId === undefined ? "messageId" : "upTo",
      });
    }
    const window = this.#offering.windowOf(presence);
    const named = messageId ?? upTo ?? "";
    const covered = upTo === undefined ? undefined : window?.upTo(upTo);
    if (covered !== undefined) {
      this.#applyStage(covered, stage);
      return undefined;
    }
    const delivery = window?.offered.get(named) ?? this.#findOffered(presence, named);
    if (delivery === undefined) return this.#checkWasOffered(presence, named);
    this.#applyStage([delivery], stage);
    return undefined;
  }

  /** The recipient will not take it ([DLV-11]). Rejects with `not_found` for what was never offered. */
  refuse(presence: Presence, frame: ClientFrameByType["client_nack"]): void | Promise<void> {
    const delivery =
      this.#offering.windowOf(presence)?.offered.get(frame.messageId) ?? this.#findOffered(presence, frame.messageId);
    if (delivery === undefined) return this.#checkWasOffered(presence, frame.messageId);
    this.#settlement.settle(delivery, "refused", frame.reason);
    this.#pumpFreed();
    return undefined;
  }

  /** Offers what is held whatever the status ([DLV-18]); the pushes are written before it resolves. */
  async pull(presence: Presence, max: number): Promise<{ count: number; remaining: number }> {
    const mailboxes = this.#mailboxesOf(presence);
    const count = await this.#offering.pull(presence, mailboxes, max);
    return { count, remaining: this.#offering.countPullable(mailboxes, presence) };
  }

  /** [DLV-16], [DLV-17]. Raises `not_found`. */
  async messageStatus(presence: Presence, messageId: string): Promise<MessageStatus> {
    return readStatusFor(this.#ledger, presence, this.#options.directory.member(presence.memberId), messageId);
  }

  /** The path of a message for an administrator; undefined when the mesh has no such message. */
  async ledger(meshId: MeshId, messageId: string): Promise<MessageStatus | undefined> {
    return (await readMessageStatus(this.#ledger, meshId, messageId))?.status;
  }

  /** Resolves when what can go to this presence now was written, also what had to be read from the store first. */
  async settled(presence: Presence): Promise<void> {
    for (const mailbox of this.#mailboxesOf(presence)) {
      while (mailbox.loading !== undefined) await mailbox.loading;
    }
  }

  /** What waits for this presence, by class ([HELLO-7]). */
  mailboxCounts(presence: Presence): Record<Priority, number> {
    const counts: Record<Priority, number> = { now: 0, next: 0, low: 0 };
    for (const mailbox of this.#mailboxesOf(presence)) {
      for (const priority of PRIORITIES) {
        counts[priority] += mailbox.queues[priority].again.size + mailbox.queues[priority].fresh.size;
      }
    }
    return counts;
  }

  /** The outgoing buffer of the connection fell below the pause mark ([WS-7]). */
  connectionDrained(presence: Presence): void {
    this.#pumpPresence(presence, false);
  }

  /** Unsettled deliveries by state, for the metrics. */
  depth(): Record<"stored" | "held" | "offered", number> {
    const depth = { stored: 0, held: 0, offered: 0 };
    for (const mailbox of this.#mailboxes.all()) {
      for (const { state } of mailbox.deliveries.values()) {
        if (state === "stored" || state === "held" || state === "offered") depth[state]++;
      }
    }
    return depth;
  }

  /** Mail addressed to a removed member ends; mail it sent is still delivered ([INV-9]). */
  memberRevoked(member: Pick<MemberRow, "id" | "meshId" | "pubkey">): void {
    const keys = new Set<string>([member.pubkey]);
    for (const session of this.#options.directory.sessions(member.meshId)) {
      if (session.memberId === member.id) keys.add(session.sessionPubkey);
    }
    this.#endMailboxes(
      "recipient_revoked",
      ({ recipient }) =>
        recipient.meshId === member.meshId && (keys.has(recipient.key) || recipient.key.endsWith(`/${member.pubkey}`)),
    );
  }

  meshArchived(meshId: MeshId): void {
    this.#endMailboxes("mesh_archived", ({ recipient }) => recipient.meshId === meshId);
  }

  /** Acknowledgement timeouts, time to live, deletion of bodies. Called a few times a second. */
  tick(): void {
    const late = this.#offering.timedOut();
    const again: DeliveryRecord[] = [];
    for (const delivery of late) {
      delivery.timeouts++;
      if (delivery.timeouts >= this.#options.limits.maxOffers) this.#settlement.settle(delivery, "dead", "max_offers");
      else again.push(delivery);
    }
    for (const mailbox of this.#offering.takeBack(again, "timeout")) this.#pumpAndRestate(mailbox);
    const expired = this.#settlement.expire((mail, end) => {
      for (const rid of mail.row.recipients) {
        const delivery = this.#mailboxes.byRid(rid)?.deliveries.get(mail.row.id);
        if (delivery !== undefined) end(delivery);
      }
    });
    if (expired > 0) this.#options.metrics.sweep("deliveries", expired);
    this.#pumpFreed();
    this.#ticks++;
    if (this.#ticks % 4 === 0 && !this.#options.commit.isDown) void this.#settlement.deleteBodies();
    if (this.#ticks % 240 === 0) this.#mailboxes.forgetEmpty();
  }

  /** Takes no more sends; what was accepted is committed before `GroupCommit.drain` resolves. */
  stop(): void {
    this.#sending.stop();
  }

  #handleReady(presence: Presence): void {
    this.#audience.noteSeen(presence, this.#options.clock.now());
    this.#pumpPresence(presence, true);
  }

  #handleDetached(presence: Presence, connection: PresenceConnection): void {
    const mailboxes = this.#offering.closeWindow(connection);
    for (const mailbox of this.#mailboxesOf(presence)) mailboxes.add(mailbox);
    // Other sessions of the member may take what was offered here.
    for (const mailbox of mailboxes) this.#pumpAndRestate(mailbox);
  }

  #handleEnded(presence: Presence): void {
    const own = this.#mailboxes.find(presence.meshId, "presence", `${presence.id}/${presence.memberPubkey}`);
    if (own !== undefined) this.#endMailbox(own, "presence_ended");
    for (const mailbox of this.#mailboxesOf(presence)) this.#pumpAndRestate(mailbox);
  }

  #pumpPresence(presence: Presence, restate: boolean): void {
    const window = this.#offering.windowOf(presence);
    if (window !== undefined) window.isBlocked = false;
    for (const mailbox of this.#mailboxesOf(presence)) {
      if (restate) this.#pumpAndRestate(mailbox);
      else this.#offering.pump(mailbox);
    }
  }

  #pumpAndRestate(mailbox: Mailbox): void {
    this.#offering.pump(mailbox);
    this.#offering.restate(mailbox, mailbox.waiting());
  }

  /** Windows that were full and are not any more. */
  #pumpFreed(): void {
    while (this.#freed.size > 0) {
      const windows = [...this.#freed];
      this.#freed.clear();
      for (const window of windows) {
        if (window.presence.connection === window.connection) this.#pumpPresence(window.presence, false);
      }
    }
  }

  #applyStage(deliveries: readonly DeliveryRecord[], stage: "received" | "surfaced"): void {
    if (stage === "received") {
      for (const delivery of deliveries) delivery.received = true;
      return;
    }
    const at = this.#options.clock.now();
    for (const delivery of deliveries) this.#settlement.settle(delivery, "surfaced", "client_ack", at);
    this.#pumpFreed();
  }

  /** A delivery of this recipient that was offered on an earlier connection; its acknowledgement still counts. */
  #findOffered(presence: Presence, messageId: string): DeliveryRecord | undefined {
    for (const mailbox of this.#mailboxesOf(presence)) {
      const delivery = mailbox.deliveries.get(messageId);
      if (delivery !== undefined && delivery.offers > 0) return delivery;
    }
    return undefined;
  }

  /** An id that is not in any mailbox: settled before is fine, never offered to this recipient is not ([DLV-10]). */
  async #checkWasOffered(presence: Presence, messageId: string): Promise<void> {
    await this.#ledger.drain();
    const ledger = await this.#options.store.readLedger(messageId as MessageId);
    const own = this.#recipientRids(presence);
    const wasOffered =
      ledger?.message.meshId === presence.meshId &&
      ledger.deliveries.some(
        ({ recipient, steps }) => own.has(recipient.rid) && steps.some(({ state }) => state === "offered"),
      );
    if (!wasOffered) throw new WireError("not_found", "no message with this id was offered to this recipient");
  }

  async #readOutcome(
    meshId: MeshId,
    messageId: string,
  ): Promise<{ offering: number; held: number; stored: number; refused: number }> {
    const outcome = { offering: 0, held: 0, stored: 0, refused: 0 };
    for (const { state } of (await this.ledger(meshId, messageId))?.recipients ?? []) countOutcome(outcome, state);
    return outcome;
  }

  #noteReply(presence: Presence, replyTo: string, replyId: MessageId): void {
    const offered = this.#findOffered(presence, replyTo);
    if (offered !== undefined) {
      // The reply itself is the evidence that the text was read.
      this.#settlement.settle(offered, "surfaced", "client_ack");
      this.#settlement.noteReply(offered, replyId);
      this.#pumpFreed();
      return;
    }
    const { presences, journal, clock, log } = this.#options;
    const own = this.#recipientRids(presence);
    answerReply(
      { ledger: this.#ledger, presences, journal, clock },
      { meshId: presence.meshId, own, replyTo, replyId },
    ).catch((error: unknown) =>
      log.warn("could not note a reply", { reason: error instanceof Error ? error.message : "unknown" }),
    );
  }

  #endMailboxes(reason: DeliveryReason, concerns: (mailbox: Mailbox) => boolean): void {
    for (const mailbox of [...this.#mailboxes.all()]) if (concerns(mailbox)) this.#endMailbox(mailbox, reason);
  }

  #endMailbox(mailbox: Mailbox, reason: DeliveryReason): void {
    for (const delivery of [...mailbox.deliveries.values()]) this.#settlement.settle(delivery, "dead", reason);
    this.#pumpFreed();
  }

  /** The mailboxes a presence gets mail from: its own, and the one its member's sessions share. */
  #mailboxesOf(presence: Presence): Mailbox[] {
    const { meshId } = presence;
    const mailboxes: Mailbox[] = [];
    const own =
      presence.sessionPubkey === undefined
        ? this.#mailboxes.find(meshId, "presence", `${presence.id}/${presence.memberPubkey}`)
        : this.#mailboxes.find(meshId, "session", presence.sessionPubkey);
    const shared = this.#mailboxes.find(meshId, "member", presence.memberPubkey);
    if (own !== undefined) mailboxes.push(own);
    if (shared !== undefined) mailboxes.push(shared);
    return mailboxes;
  }

  #recipientRids(presence: Presence): Set<number> {
    const { recipients } = this.#mailboxes;
    const { meshId, memberPubkey, sessionPubkey } = presence;
    const rows = [
      recipients.find(meshId, "member", memberPubkey),
      recipients.find(meshId, "presence", `${presence.id}/${memberPubkey}`),
      sessionPubkey === undefined ? undefined : recipients.find(meshId, "session", sessionPubkey),
    ];
    return new Set(rows.flatMap((row) => (row === undefined ? [] : [row.rid])));
  }
}

/** A ledger read before its last steps are stored would tell less than is known. */
async function drainOrFail(commit: GroupCommit): Promise<void> {
  await commit.drain();
  if (commit.isDown) throw new StoreUnavailableError("the last steps of the ledger are not stored yet");
}
