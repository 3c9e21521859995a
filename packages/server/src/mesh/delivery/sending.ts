/**
 * From a `send` frame to a committed message with mailboxes filled, or a refusal of which nothing is kept ([SEND-4]).
 * Resolves recipients, checks policies and room, submits to the group commit, and answers in the order of the sends.
 */
import { createHash } from "node:crypto";
import { WireError, type MeshId, type MeshLimits, type MessageId, type SendFrame } from "@parlatory/protocol";
import type { DuplicateMessage, MessageRow, Store } from "../../store/store.ts";
import { AnswerDeadline } from "../answer-deadline.ts";
import type { Directory } from "../directory.ts";
import { verifyEd25519 } from "../ed25519.ts";
import type { CommitOutcome, GroupCommit } from "../group-commit.ts";
import type { MeshMetrics } from "../ports.ts";
import type { Clock, Scheduler } from "../../ports.ts";
import { routingKey, type Presence } from "../presence.ts";
import type { Addressee, Audience } from "./audience.ts";
import type { BodyCache } from "./body-cache.ts";
import { checkSend, fingerprintText, multicastSignatureText, type CheckedSend } from "./check-send.ts";
import type { LedgerJournal } from "./ledger-journal.ts";
import type { Mail } from "./mail.ts";
import { createDelivery, type DeliveryRecord, type Mailbox } from "./mailbox.ts";
import type { MailboxTable } from "./mailbox-table.ts";
import type { Offering } from "./offering.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { ReplyOrder, type SendOutcome, type SendReply } from "./reply-order.ts";
import type { Settlement } from "./settlement.ts";

/** Repeated sends whose message is looked up in the ledger at one time. */
const MAX_OUTCOME_READS = 32;

type RefusalReason = "mailbox_full" | "cannot_decrypt";

/** One recipient of a planned message. */
interface Share {
  mailbox: Mailbox;
  refusal: RefusalReason | undefined;
}

/** A committed message whose sender waits for its outcome. */
interface Committed {
  mail: Mail;
  deliveries: DeliveryRecord[];
  answer: (reply: SendReply) => void;
}

export interface SendingOptions {
  clock: Clock;
  scheduler: Scheduler;
  createId: () => string;
  limits: MeshLimits;
  metrics: MeshMetrics;
  directory: Directory;
  audience: Audience;
  mailboxes: MailboxTable;
  journal: LedgerJournal;
  bodies: BodyCache;
  settlement: Settlement;
  offering: Offering;
  commit: Pick<GroupCommit, "submit">;
  store: Pick<Store, "findDuplicate">;
  lastSeq: Map<MeshId, number>;
  /** Where the deliveries of an earlier message stand, for a repeated send. */
  readOutcome: (meshId: MeshId, messageId: string) => Promise<SendOutcome>;
  /** A committed message answers another one. */
  onReply: (presence: Presence, replyTo: string, replyId: MessageId) => void;
  /** A committed message is on its way to these. */
  onRouted: (row: MessageRow, keys: () => readonly string[]) => void;
  /** A committed message was kept readable by policy `messageLog`. */
  onLogged: (row: MessageRow) => void;
}

export class Sending {
  readonly #options: SendingOptions;
  readonly #deadline: AnswerDeadline;
  readonly #rates = new RateLimiter();
  readonly #orders = new WeakMap<Presence, ReplyOrder>();
  #committed: Committed[] = [];
  #touched = new Set<Mailbox>();
  #outcomeReads = 0;
  #isStopping = false;
  #planned = 0;

  constructor(options: SendingOptions) {
    this.#options = options;
    this.#deadline = new AnswerDeadline(options);
  }

  /** Recipients looked at so far, one by one. */
  get planned(): number {
    return this.#planned;
  }

  /** From now on every send is refused `shutting_down`. */
  stop(): void {
    this.#isStopping = true;
  }

  send(presence: Presence, frame: SendFrame, reply: (reply: SendReply) => void): void {
    let order = this.#orders.get(presence);
    if (order === undefined) this.#orders.set(presence, (order = new ReplyOrder()));
    const answer = order.open(reply);
    try {
      if (this.#isStopping) throw new WireError("shutting_down");
      const send = checkSend(frame, this.#options.limits.maxMessageBytes);
      this.#takeToken(presence);
      this.#planOrRefuse(presence, send, answer);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#refuse(answer, error);
    }
  }

  /** All entries of one transaction are settled: offer what it brought, then tell the senders. */
  finishBatch(): void {
    const committed = this.#committed;
    const touched = this.#touched;
    this.#committed = [];
    this.#touched = new Set();
    const { offering } = this.#options;
    for (const mailbox of touched) offering.pump(mailbox);
    // Pushes leave before the answers are made: a receiver waits for the whole of what happened, a sender for the store only.
    for (const mailbox of touched) offering.flush(mailbox);
    for (const { mail, deliveries, answer } of committed) {
      const outcome: SendOutcome = { offering: 0, held: 0, stored: 0, refused: 0 };
      for (const delivery of deliveries) {
        if (delivery.queue !== undefined) offering.restate(delivery.mailbox, [delivery]);
        countOutcome(outcome, delivery.state);
      }
      answer({ ok: true, messageId: mail.row.id, duplicate: false, recipients: mail.row.recipients.length, outcome });
    }
  }

  #takeToken(presence: Presence): void {
    const { rateMessagesPerMinute, rateBurst } = this.#options.directory.policies(presence.meshId);
    const retryAfterMs = this.#rates.take(
      presence.memberId,
      rateMessagesPerMinute,
      rateBurst,
      this.#options.clock.now(),
    );
    if (retryAfterMs > 0) throw new WireError("rate_limited", undefined, { retryAfterMs });
  }

  #planOrRefuse(presence: Presence, send: CheckedSend, answer: (reply: SendReply) => void): void {
    let shares: Share[];
    try {
      shares = this.#plan(presence, send);
    } catch (error) {
      const { clientMessageId } = send.frame;
      if (!(error instanceof WireError) || clientMessageId === undefined) throw error;
      // The first send of this id may have succeeded when its recipients were still there ([SEND-6]).
      const { store } = this.#options;
      this.#deadline
        .within(() => store.findDuplicate(presence.meshId, presence.memberId, clientMessageId))
        .then(
          (original) =>
            original === undefined
              ? this.#refuse(answer, error)
              : this.#answerDuplicate(presence, send, original, answer),
          () => this.#refuse(answer, new WireError("storage_unavailable")),
        );
      return;
    }
    this.#submit(presence, send, shares, answer);
  }

  /** Who gets it, and who of them cannot. Raises the codes of [SEND-5] that depend on others. */
  #plan(presence: Presence, send: CheckedSend): Share[] {
    const { audience, limits, mailboxes, clock } = this.#options;
    const { meshId } = presence;
    const addressees = this.#addressees(presence, send);
    this.#planned += addressees.length;
    if (send.frame.sig !== undefined && send.kind !== "direct") this.#checkSignature(presence, send);
    if (send.kind !== "direct" && send.enc === "none" && !audience.isPlaintextAllowed(meshId, clock.now())) {
      throw new WireError("plaintext_forbidden");
    }
    const incapable = send.enc === "group_box" && addressees.some(({ canOpenGroupBox }) => !canOpenGroupBox);
    if (incapable && audience.isPlaintextAllowed(meshId, clock.now())) {
      throw new WireError("recipients_lack_encryption", undefined, { allowPlaintext: true });
    }
    const shares = addressees.map(({ kind, key, name, canOpenGroupBox }): Share => {
      const mailbox = mailboxes.ensure(mailboxes.recipients.ensure(meshId, kind, key, name));
      if (send.enc === "group_box" && !canOpenGroupBox) return { mailbox, refusal: "cannot_decrypt" };
      const hasRoom = mailbox.hasRoom(send.bytes, limits.mailboxMessages, limits.mailboxBytes);
      return { mailbox, refusal: hasRoom ? undefined : "mailbox_full" };
    });
    if (shares.every(({ refusal }) => refusal !== undefined)) {
      if (!shares.some(({ refusal }) => refusal === "mailbox_full")) {
        throw new WireError("recipients_lack_encryption", undefined, { allowPlaintext: false });
      }
      throw new WireError("mailbox_full");
    }
    return shares;
  }

  #addressees(presence: Presence, send: CheckedSend): Addressee[] {
    const { audience, clock } = this.#options;
    if (send.target.kind !== "key") {
      const addressees = audience.ofMulticast(presence, send);
      if (addressees.length === 0) throw new WireError("empty_group");
      return addressees;
    }
    const addressee = audience.ofKey(presence.meshId, send.target.key, presence, clock.now());
    if (addressee === "self") throw new WireError("self_recipient");
    if (addressee === undefined) throw new WireError("unknown_recipient");
    return [addressee];
  }

  #checkSignature(presence: Presence, send: CheckedSend): void {
    const { nonce, ciphertext, sig = "" } = send.frame;
    const bodyHash = sha256(`${nonce}.${ciphertext}`);
    const key = routingKey(presence);
    if (!verifyEd25519(key, multicastSignatureText(send, presence.meshId, key, bodyHash), sig)) {
      throw new WireError("bad_signature", undefined, { field: "sig" });
    }
  }

  #submit(presence: Presence, send: CheckedSend, shares: readonly Share[], answer: (reply: SendReply) => void): void {
    const row = this.#toRow(presence, send, shares);
    const { nonce, ciphertext } = send.frame;
    const taking = shares.filter(({ refusal }) => refusal === undefined);
    for (const { mailbox } of taking) {
      mailbox.reserved++;
      mailbox.bytes += send.bytes;
    }
    this.#options.commit.submit({
      message: { ...row, nonce, ciphertext },
      settle: (outcome) => {
        for (const { mailbox } of taking) {
          mailbox.reserved--;
          mailbox.bytes -= send.bytes;
        }
        this.#settle(presence, send, shares, row, outcome, answer);
      },
    });
  }

  #toRow(presence: Presence, send: CheckedSend, shares: readonly Share[]): MessageRow {
    const { clock, limits, lastSeq, directory } = this.#options;
    const { frame } = send;
    const now = clock.now();
    const seq = (lastSeq.get(presence.meshId) ?? 0) + 1;
    lastSeq.set(presence.meshId, seq);
    const isLogged = send.kind !== "direct" && send.enc === "none" && directory.policies(presence.meshId).messageLog;
    return {
      id: this.#options.createId() as MessageId,
      meshId: presence.meshId,
      seq,
      senderMemberId: presence.memberId,
      senderMemberPubkey: presence.memberPubkey,
      senderPubkey: routingKey(presence),
      senderName: presence.displayName,
      targetSpec: frame.targetSpec,
      kind: send.kind,
      priority: send.priority,
      enc: send.enc,
      sentAt: frame.sentAt ?? new Date(now).toISOString(),
      acceptedAt: now,
      createdAt: now,
      expiresAt: now + (send.priority === "now" ? limits.ttlNowMs : limits.ttlMs),
      bytes: send.bytes,
      recipients: shares.map(({ mailbox }) => mailbox.recipient.rid),
      clientMessageId: frame.clientMessageId,
      fingerprint: frame.clientMessageId === undefined ? undefined : sha256(fingerprintText(send)),
      replyTo: frame.replyTo,
      subtype: frame.subtype,
      sig: frame.sig,
      logText: isLogged ? Buffer.from(frame.ciphertext, "base64").toString("utf8") : undefined,
    };
  }

  #settle(
    presence: Presence,
    send: CheckedSend,
    shares: readonly Share[],
    row: MessageRow,
    outcome: CommitOutcome,
    answer: (reply: SendReply) => void,
  ): void {
    if (!outcome.ok) {
      this.#refuse(answer, new WireError("storage_unavailable", undefined, {}, { cause: outcome.error }));
      return;
    }
    if (outcome.duplicate !== undefined) {
      this.#answerDuplicate(presence, send, outcome.duplicate, answer);
      return;
    }
    const { nonce, ciphertext } = send.frame;
    const mail: Mail = { row, senderPresenceId: presence.id, unsettled: 0, body: undefined, frame: undefined };
    const deliveries = shares.map(({ mailbox, refusal }) => this.#deliver(mail, mailbox, refusal));
    this.#options.bodies.put(mail, { nonce, ciphertext });
    this.#options.settlement.track(mail);
    this.#options.metrics.messageAccepted(send.priority, send.kind);
    this.#committed.push({ mail, deliveries, answer });
    this.#options.onRouted(row, () => shares.map(({ mailbox }) => mailbox.recipient.key));
    if (row.logText !== undefined) this.#options.onLogged(row);
    if (row.replyTo !== undefined) this.#options.onReply(presence, row.replyTo, row.id);
  }

  #deliver(mail: Mail, mailbox: Mailbox, refusal: RefusalReason | undefined): DeliveryRecord {
    const delivery = createDelivery(mail, mailbox);
    if (refusal !== undefined) {
      delivery.state = "refused";
      delivery.reason = refusal;
      this.#options.journal.note(mailbox, mail.row.meshId, mail.row.seq, "refused", refusal, mail.row.createdAt);
      this.#options.metrics.deliveryStep("refused");
      return delivery;
    }
    mail.unsettled++;
    mailbox.add(delivery);
    mailbox.bytes += mail.row.bytes;
    this.#touched.add(mailbox);
    return delivery;
  }

  #answerDuplicate(
    presence: Presence,
    send: CheckedSend,
    original: DuplicateMessage["original"],
    answer: (reply: SendReply) => void,
  ): void {
    if (original.fingerprint !== sha256(fingerprintText(send))) {
      this.#refuse(answer, new WireError("id_conflict", undefined, { field: "clientMessageId" }));
      return;
    }
    const { id: messageId, recipients } = original;
    const tell = (outcome: SendOutcome): void => answer({ ok: true, messageId, duplicate: true, recipients, outcome });
    // What is certain of a committed message. A refusal would be untrue: it is stored and will be delivered ([SEND-4]).
    const certain: SendOutcome = { offering: 0, held: 0, stored: recipients, refused: 0 };
    // After a reconnect a whole outbox comes again; the ledger is not read for thousands of messages at a time.
    if (this.#outcomeReads >= MAX_OUTCOME_READS) {
      tell(certain);
      return;
    }
    this.#outcomeReads++;
    this.#deadline
      .within(() => this.#options.readOutcome(presence.meshId, messageId))
      .then(tell, () => tell(certain))
      .finally(() => this.#outcomeReads--);
  }

  #refuse(answer: (reply: SendReply) => void, error: WireError): void {
    this.#options.metrics.messageRejected(error.code);
    answer({ ok: false, code: error.code, message: error.message, detail: error.detail });
  }
}

/** Adds one delivery to the counts of an ack ([SEND-1]). */
export function countOutcome(outcome: SendOutcome, state: DeliveryRecord["state"]): void {
  if (state === "held") outcome.held++;
  else if (state === "stored" || state === "accepted") outcome.stored++;
  else if (state === "refused" || state === "expired" || state === "dead") outcome.refused++;
  else outcome.offering++;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
