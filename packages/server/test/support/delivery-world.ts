import {
  DEFAULT_POLICIES,
  MESH_LIMITS,
  createTimeOrderedId,
  isSettled,
  type Capability,
  type HelloFrame,
  type MemberId,
  type MeshId,
  type MeshLimits,
  type PeerStatus,
  type Priority,
  type PublicKey,
  type PushFrame,
} from "@parlatory/protocol";
import { LedgerJournal } from "../../src/mesh/delivery/ledger-journal.ts";
import { Delivery } from "../../src/mesh/delivery/delivery.ts";
import type { SendReply } from "../../src/mesh/delivery/reply-order.ts";
import { Directory } from "../../src/mesh/directory.ts";
import { GroupCommit } from "../../src/mesh/group-commit.ts";
import { noMetrics, type PresenceConnection } from "../../src/mesh/ports.ts";
import { isGateOpen, type Presence, type StatusSource } from "../../src/mesh/presence.ts";
import { Presences } from "../../src/mesh/presences.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { HeldTime } from "./held-time.ts";
import { MemoryStore } from "./memory-store.ts";

/** Raised when the broker did what the contract forbids. */
export class BrokenRule extends Error {
  override readonly name = "BrokenRule";
}

export const MESH = "mesh-model" as MeshId;
const MODERN: Capability[] = ["client_ack", "pull", "receipts", "group_box"];
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface ClientProfile {
  name: string;
  member: number;
  modern: boolean;
  hasSessionKey: boolean;
  groups: string[];
}

interface Outstanding {
  connection: ModelConnection;
  at: number;
  received: boolean;
}

class ModelConnection implements PresenceConnection {
  readonly id: number;
  readonly #world: DeliveryWorld;
  readonly client: ModelClient;
  isOpen = true;
  isClogged = false;
  readonly #confirmations = new Set<(confirmed: boolean) => void>();
  /** Highest position first offered here, by recipient and class. */
  readonly firstOffered = new Map<string, number>();
  /** Highest position offered here again, by recipient and class. */
  readonly reoffered = new Map<string, number>();
  readonly seen = new Set<string>();

  constructor(id: number, world: DeliveryWorld, client: ModelClient) {
    this.id = id;
    this.#world = world;
    this.client = client;
  }

  send(frame: string | Buffer): void {
    if (!this.isOpen) return;
    const parsed = JSON.parse(frame.toString()) as PushFrame | { type: "other" };
    if (parsed.type === "push") this.#world.handlePush(this, parsed);
  }

  bufferedBytes(): number {
    return this.isClogged ? 2 * 1024 * 1024 : 0;
  }

  confirmFlushed(settleMs: number, done: (confirmed: boolean) => void): void {
    if (!this.isOpen) return done(false);
    this.#confirmations.add(done);
    const flushed = this.#world.offeredTo(this.client);
    this.#world.time.after(settleMs, () => {
      if (!this.#confirmations.delete(done)) return;
      this.#world.noteConfirmed(this, flushed);
      done(this.isOpen);
    });
  }

  close(): void {
    this.isOpen = false;
    for (const done of this.#confirmations) done(false);
    this.#confirmations.clear();
  }
}

export interface ModelClient {
  profile: ClientProfile;
  memberPubkey: PublicKey;
  sessionPubkey: PublicKey | undefined;
  connection: ModelConnection | undefined;
  presence: Presence | undefined;
  /** Ids handed to the user, kept over restarts ([DLV-4]). */
  handled: Set<string>;
}

interface Broker {
  directory: Directory;
  presences: Presences;
  commit: GroupCommit;
  delivery: Delivery;
}

interface SentMessage {
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

/**
 * A whole mesh with a real delivery core, a store that can fail, clients that behave badly, and time that a test moves.
 * It checks sections 5 to 7 of the contract from outside: on every push, and at rest through the ledger.
 */
export class DeliveryWorld {
  readonly time = new HeldTime();
  readonly store = new MemoryStore();
  readonly limits: MeshLimits;
  readonly clients: ModelClient[] = [];
  readonly sent: SentMessage[] = [];
  #broker: Broker | undefined;
  #broken: Error | undefined;
  #ids = 0;
  #connections = 0;
  /** By recipient key and message: where it is offered right now. */
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #refusedBodies = new Set<string>();

  constructor(limits: Partial<MeshLimits> = {}) {
    this.limits = { ...MESH_LIMITS, ...limits };
  }

  static async open(profiles: readonly ClientProfile[], limits: Partial<MeshLimits>): Promise<DeliveryWorld> {
    const world = new DeliveryWorld(limits);
    const policies = { ...DEFAULT_POLICIES, rateMessagesPerMinute: 0 };
    world.store.meshes.push({
      id: MESH,
      slug: "model",
      name: "model",
      ownerPubkey: key("f", 0),
      policies,
      createdAt: 0,
    });
    for (const profile of profiles) {
      const memberPubkey = key("a", profile.member);
      if (!world.store.members.some(({ pubkey }) => pubkey === memberPubkey)) {
        const id = `member-${profile.member}-id` as MemberId;
        world.store.members.push({
          id,
          meshId: MESH,
          pubkey: memberPubkey,
          displayName: id,
          role: "member",
          joinedAt: 0,
          lastSeenAt: 0,
        });
      }
      const sessionPubkey = profile.hasSessionKey ? key("b", world.clients.length) : undefined;
      world.clients.push({
        profile,
        memberPubkey,
        sessionPubkey,
        connection: undefined,
        presence: undefined,
        handled: new Set(),
      });
    }
    await world.start();
    return world;
  }

  get broker(): Broker {
    if (this.#broker === undefined) throw new Error("the model has no broker");
    return this.#broker;
  }

  async start(): Promise<void> {
    const boot = await this.store.loadBoot();
    const { time: clock, store, limits } = this;
    const createId = () =>
      createTimeOrderedId(clock.now(), () =>
        Buffer.from(
          String(this.#ids++)
            .padStart(11, "0")
            .slice(-11),
        ),
      );
    const directory = new Directory(boot);
    const journal = new LedgerJournal(() => commit.noteBackground());
    const commit: GroupCommit = new GroupCommit({
      store,
      clock,
      scheduler: clock,
      metrics: noMetrics,
      log: { ...silent, error: (msg, fields) => this.#note(new Error(`${msg}: ${JSON.stringify(fields)}`)) },
      takeSteps: () => journal.take(),
      onBatchSettled: () => delivery.handleBatchSettled(),
      onReachable: () => delivery.handleReachable(),
    });
    const presences = new Presences({
      clock,
      createId,
      brokerId: "broker-1",
      leaseMs: limits.leaseMs,
      directory,
      commit,
    });
    presences.restore(boot);
    const delivery: Delivery = new Delivery({
      clock,
      scheduler: clock,
      createId,
      log: silent,
      limits,
      metrics: noMetrics,
      directory,
      presences,
      commit,
      journal,
      store,
      boot,
      onLogged: () => undefined,
    });
    await delivery.restore();
    this.#broker = { directory, presences, commit, delivery };
  }

  /** kill -9: memory, timers and connections are gone, the store stays. */
  async crash(): Promise<void> {
    // A send refused after an unclear commit is taken back by the next transaction; a crash in between is a second fault.
    const isUnclear = [...this.store.messages.values()].some(({ ciphertext }) => this.#refusedBodies.has(ciphertext));
    if (isUnclear || this.store.outage !== "none") return;
    this.time.forget();
    for (const client of this.clients) {
      if (client.connection !== undefined) client.connection.isOpen = false;
      client.connection = undefined;
      client.presence = undefined;
    }
    this.#outstanding.clear();
    for (const message of this.sent) {
      message.reply ??= { ok: false, code: "internal", message: "lost in a crash", detail: {} };
    }
    await this.start();
  }

  connect(client: ModelClient): void {
    if (client.connection?.isOpen === true) return;
    const { presences, commit, directory } = this.broker;
    const connection = new ModelConnection(++this.#connections, this, client);
    const member = directory.memberByKey(MESH, client.memberPubkey);
    if (member === undefined) throw new Error("the model lost a member");
    const capabilities = client.profile.modern ? MODERN : [];
    const hello = {
      type: "hello",
      ...(client.sessionPubkey === undefined
        ? { sessionId: client.profile.name }
        : { sessionPubkey: client.sessionPubkey }),
      displayName: client.profile.name,
      groups: client.profile.groups.map((name) => ({ name })),
    } as unknown as HelloFrame;
    const { presence } = presences.attach({
      meshId: MESH,
      member,
      hello,
      capabilities,
      modern: client.profile.modern,
      hookTokenHash: client.profile.name,
      connection,
    });
    client.connection = connection;
    client.presence = presence;
    const session =
      client.sessionPubkey === undefined
        ? undefined
        : {
            meshId: MESH,
            sessionPubkey: client.sessionPubkey,
            memberId: member.id,
            proven: true,
            displayName: client.profile.name,
            groups: [],
            features: capabilities,
            lastSeenAt: this.time.now(),
          };
    if (session !== undefined) directory.noteSession(session);
    commit.submit({
      presence: presences.toRow(presence),
      ...(session === undefined ? {} : { session }),
      settle: (outcome) => {
        if (outcome.ok) presences.markReady(presence, connection);
        else this.disconnect(client, false);
      },
    });
  }

  disconnect(client: ModelClient, clean: boolean): void {
    const { connection, presence } = client;
    if (connection === undefined || presence === undefined) return;
    client.connection = undefined;
    for (const [key, { connection: where }] of this.#outstanding) {
      if (where === connection) this.#outstanding.delete(key);
    }
    connection.close();
    this.broker.presences.detach(presence, connection, clean);
  }

  send(
    client: ModelClient,
    target: string,
    priority: Priority,
    options: { repeat?: SentMessage | undefined; replyTo?: string | undefined } = {},
  ): void {
    if (client.connection === undefined || client.presence?.connection !== client.connection) return;
    const number = this.sent.length;
    const body = options.repeat?.body ?? Buffer.from(`message-${number}`).toString("base64");
    const first = options.repeat?.first ?? number;
    const message: SentMessage = {
      body,
      client,
      target,
      priority,
      replyTo: options.replyTo,
      reply: undefined,
      number,
      first,
    };
    this.sent.push(message);
    // From here on the text may be delivered after all.
    this.#refusedBodies.delete(body);
    this.broker.delivery.send(
      client.presence,
      {
        type: "send",
        targetSpec: target,
        priority,
        nonce: Buffer.alloc(24).toString("base64"),
        ciphertext: body,
        clientMessageId: `m-${first}`,
        ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
      },
      (reply) => {
        if (message.reply !== undefined) return;
        const earlier = this.sent.find(
          (other) => other.client === client && other.number < number && other.reply === undefined,
        );
        if (earlier !== undefined) {
          this.#note(new BrokenRule(`[SEND-4] send ${number} was answered before send ${earlier.number}`));
        }
        message.reply = reply;
        // A repeat may succeed after a refusal, and be refused for its rate or room after a success.
        const isAccepted = this.sent.some(
          (other) => other.body === body && (other.reply === undefined || other.reply.ok),
        );
        for (const key of this.#outstanding.keys()) {
          if (reply.ok && this.#isAnswer(message, key)) this.#outstanding.delete(key);
        }
        if (isAccepted) this.#refusedBodies.delete(body);
        else this.#refusedBodies.add(body);
      },
    );
  }

  setStatus(client: ModelClient, status: PeerStatus, source: StatusSource): void {
    if (client.presence !== undefined && client.connection !== undefined) {
      this.broker.presences.setStatus(client.presence, status, source);
    }
  }

  clog(client: ModelClient, isClogged: boolean): void {
    const { connection, presence } = client;
    if (connection === undefined || presence === undefined || connection.isClogged === isClogged) return;
    connection.isClogged = isClogged;
    if (!isClogged && presence.connection === connection) this.broker.delivery.connectionDrained(presence);
  }

  /** Resolves with how many more could be pulled; a pull that waits for the database goes on in the background. */
  async pull(client: ModelClient, max: number): Promise<number> {
    if (client.presence === undefined || client.connection === undefined) return 0;
    let remaining = 0;
    // A database outage fails a pull; the client asks again.
    this.broker.delivery.pull(client.presence, max).then(
      (result) => {
        remaining = result.remaining;
      },
      (error: unknown) => {
        if (!(error instanceof StoreUnavailableError)) this.#note(error);
      },
    );
    await this.time.settle();
    return remaining;
  }

  /** What this client was offered and has not settled, oldest offer first. */
  offeredTo(client: ModelClient): string[] {
    const ids: string[] = [];
    for (const [key, { connection }] of this.#outstanding) {
      if (connection === client.connection) ids.push(messageOf(key));
    }
    return ids;
  }

  acknowledge(client: ModelClient, id: string, how: "one" | "upTo" | "received" | "refuse"): void {
    const { presence, connection } = client;
    if (presence === undefined || connection === undefined || presence.connection !== connection) return;
    const covered = how === "upTo" ? this.offeredTo(client).slice(0, this.offeredTo(client).indexOf(id) + 1) : [id];
    for (const messageId of covered) {
      for (const [key, outstanding] of this.#outstanding) {
        if (messageOf(key) !== messageId || outstanding.connection !== connection) continue;
        // An acknowledgement after the timeout may find the offer taken back already.
        const isLate = this.time.now() - outstanding.at >= this.limits.ackTimeoutMs;
        if (how === "received") outstanding.received = !isLate;
        else this.#outstanding.delete(key);
      }
      if (how !== "received") client.handled.add(messageId);
    }
    const { delivery } = this.broker;
    const acknowledged =
      how === "refuse"
        ? delivery.refuse(presence, { type: "client_nack", messageId: id, reason: "policy" })
        : how === "upTo"
          ? delivery.acknowledge(presence, { type: "client_ack", upTo: id })
          : delivery.acknowledge(presence, {
              type: "client_ack",
              messageId: id,
              stage: how === "received" ? "received" : "surfaced",
            });
    acknowledged?.catch((error: unknown) => {
      if (!(error instanceof StoreUnavailableError)) this.#note(error);
    });
  }

  /** Tells whether this send answers the delivery, which settles it once the send is committed. */
  #isAnswer(sent: SentMessage, key: string): boolean {
    return sent.replyTo === messageOf(key) && this.#ownKeys(sent.client).some((own) => key.startsWith(`${own} `));
  }

  #ownKeys(client: ModelClient): string[] {
    const keys = [`member/${client.memberPubkey}`];
    if (client.sessionPubkey !== undefined) keys.push(`session/${client.sessionPubkey}`);
    if (client.presence !== undefined) keys.push(`presence/${client.presence.id}/${client.memberPubkey}`);
    return keys;
  }

  /** A legacy client read these: they are not offered any more ([DLV-12]). */
  noteConfirmed(connection: ModelConnection, messageIds: readonly string[]): void {
    const confirmed = new Set(messageIds);
    for (const [key, outstanding] of this.#outstanding) {
      if (outstanding.connection === connection && confirmed.has(messageOf(key))) this.#outstanding.delete(key);
    }
  }

  /** Called by a connection for every push written to it. */
  handlePush(connection: ModelConnection, push: PushFrame): void {
    try {
      this.#checkPush(connection, push);
    } catch (error) {
      this.#note(error);
    }
  }

  /** The first thing that went wrong; told at the next check, because the broker must survive what it calls. */
  #note(error: unknown): void {
    this.#broken ??= error instanceof Error ? error : new Error(String(error));
  }

  #checkPush(connection: ModelConnection, push: PushFrame): void {
    const { client } = connection;
    const { presence } = client;
    if (this.#refusedBodies.has(push.ciphertext)) {
      throw new BrokenRule(`[SEND-4] ${push.messageId} was refused and is delivered`);
    }
    const stored = this.store.messages.get(push.messageId as never);
    if (stored === undefined) throw new BrokenRule(`[WS-5] ${push.messageId} was pushed before its commit`);
    if (presence === undefined || presence.connection !== connection) {
      throw new BrokenRule("[PRES-2] mail was pushed to a replaced connection");
    }
    if (push.pulled !== true && !isGateOpen(presence, push.priority)) {
      throw new BrokenRule(`[STAT-6] a '${push.priority}' message was pushed to a peer that is ${presence.status}`);
    }
    if (connection.isClogged) throw new BrokenRule("[WS-7] an offer was made above the pause mark");
    const recipient = this.#recipientFor(client, stored.recipients);
    this.#checkOneOffer(recipient, connection, push);
    this.#checkOrder(recipient, connection, push, stored.seq);
    if (client.sessionPubkey !== undefined && push.senderPubkey === client.sessionPubkey) {
      throw new BrokenRule("[SEND-3] a session got its own message");
    }
    // What timed out may have been given up; the ledger tells at rest.
    const since = this.time.now() - this.limits.ackTimeoutMs;
    const answering = this.sent.filter((sent) => sent.reply === undefined && sent.replyTo !== undefined);
    let held = 0;
    for (const [key, outstanding] of this.#outstanding) {
      if (outstanding.connection !== connection || answering.some((sent) => this.#isAnswer(sent, key))) continue;
      if (outstanding.received || outstanding.at > since) held++;
    }
    if (held > this.limits.offerWindowMessages) throw new BrokenRule("[DLV-9] more was offered than the window holds");
    if (!client.profile.modern) client.handled.add(push.messageId);
  }

  #checkOneOffer(recipient: string, connection: ModelConnection, push: PushFrame): void {
    const key = `${recipient} ${push.messageId}`;
    const now = this.time.now();
    const other = this.#outstanding.get(key);
    if (other !== undefined && other.connection.isOpen) {
      const isTimedOut =
        other.connection.client.profile.modern && !other.received && now - other.at >= this.limits.ackTimeoutMs;
      if (!isTimedOut) throw new BrokenRule(`[DLV-3] ${push.messageId} is offered twice at once`);
    }
    this.#outstanding.delete(key);
    this.#outstanding.set(key, { connection, at: now, received: false });
  }

  #checkOrder(recipient: string, connection: ModelConnection, push: PushFrame, seq: number): void {
    const isFirst = push.redelivery === undefined;
    const marks = isFirst ? connection.firstOffered : connection.reoffered;
    if (!isFirst && connection.seen.has(`${recipient} ${push.messageId}`)) return;
    connection.seen.add(`${recipient} ${push.messageId}`);
    const mark = `${recipient} ${push.priority}`;
    if ((marks.get(mark) ?? 0) > seq) {
      throw new BrokenRule(`[DLV-5] position ${seq} came after ${marks.get(mark) ?? 0} for ${mark}`);
    }
    marks.set(mark, seq);
  }

  /** The recipient of a message that this client stands for. */
  #recipientFor(client: ModelClient, rids: readonly number[]): string {
    const own = this.#ownKeys(client);
    const found = this.store.recipientsOf(rids).find((recipient) => own.includes(`${recipient.kind}/${recipient.key}`));
    if (found === undefined) {
      throw new BrokenRule(`[MODEL-2] ${client.profile.name} got mail that is not addressed to it`);
    }
    return `${found.kind}/${found.key}`;
  }

  /** Moves time in steps with the periodic work of a broker. */
  async wait(ms: number): Promise<void> {
    const steps = Math.min(6, Math.max(1, Math.ceil(ms / 250)));
    for (let i = 0; i < steps; i++) {
      await this.time.advance(ms / steps);
      this.broker.delivery.tick();
      this.broker.presences.sweep();
      this.#noteEndedOffers();
      await this.time.settle();
    }
  }

  /** A legacy offer that was confirmed, and what expired or died, is not outstanding any more. */
  #noteEndedOffers(): void {
    for (const [key, { connection }] of this.#outstanding) {
      if (!connection.isOpen) this.#outstanding.delete(key);
    }
  }

  #throwIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** At rest: nothing deliverable is un-offered, and every acknowledged message is accounted for ([DLV-19], [DLV-20]). */
  async checkAtRest(): Promise<void> {
    this.#throwIfBroken();
    if (this.store.outage !== "none") return;
    await this.wait(31_000);
    await this.wait(100);
    await this.broker.commit.drain();
    await this.time.settle();
    this.#throwIfBroken();
    for (const { id, ciphertext } of this.store.messages.values()) {
      if (this.#refusedBodies.has(ciphertext)) throw new BrokenRule(`[SEND-4] ${id} was refused and is stored`);
    }
    for (const { reply, number } of this.sent) {
      if (reply === undefined) throw new BrokenRule(`[SEND-4] send ${number} was never answered`);
      if (!reply.ok) continue;
      const ledger = this.store.ledgerNow(reply.messageId as never);
      if (ledger === undefined) throw new BrokenRule(`[DLV-2] ${reply.messageId} was acknowledged and is lost`);
      for (const { recipient, steps } of ledger.deliveries) {
        const last = steps.at(-1)?.state;
        if (last !== undefined && isSettled(last)) {
          this.#outstanding.delete(`${recipient.kind}/${recipient.key} ${reply.messageId}`);
          continue;
        }
        const where = this.#outstanding.get(`${recipient.kind}/${recipient.key} ${reply.messageId}`);
        if (where?.connection.isOpen === true) continue;
        const taker = this.clients.find((client) =>
          this.#couldTake(client, recipient, ledger.message.priority, ledger.message.senderPubkey),
        );
        if (taker !== undefined) {
          throw new BrokenRule(
            `[DLV-19] ${reply.messageId} (${ledger.message.priority}, ${last ?? "accepted"}) waits although ${taker.profile.name} could take it`,
          );
        }
      }
    }
  }

  /** After everybody read everything: no acknowledged message is without an end, but mail nobody else can take. */
  async checkEnded(): Promise<void> {
    await this.broker.commit.drain();
    await this.time.settle();
    for (const { reply } of this.sent) {
      if (reply?.ok !== true) continue;
      const ledger = this.store.ledgerNow(reply.messageId as never);
      for (const { recipient, steps } of ledger?.deliveries ?? []) {
        const last = steps.at(-1)?.state ?? "accepted";
        if (isSettled(last)) continue;
        const readers = this.clients.filter(
          (client) => client.memberPubkey === recipient.key && client.sessionPubkey !== ledger?.message.senderPubkey,
        );
        const isForSenderOnly =
          recipient.kind === "member" && readers.every(({ sessionPubkey }) => sessionPubkey === undefined);
        if (!isForSenderOnly) {
          throw new BrokenRule(
            `[DLV-2] ${reply.messageId} ended as ${last} for ${recipient.name}, who read everything`,
          );
        }
      }
    }
  }

  #couldTake(
    client: ModelClient,
    recipient: { kind: string; key: string },
    priority: Priority,
    senderPubkey: string,
  ): boolean {
    const { presence, connection } = client;
    if (
      presence === undefined ||
      connection === undefined ||
      presence.connection !== connection ||
      connection.isClogged
    ) {
      return false;
    }
    if (!presence.ready || !isGateOpen(presence, priority)) return false;
    const isRecipient =
      (recipient.kind === "session" && recipient.key === client.sessionPubkey) ||
      (recipient.kind === "member" && recipient.key === client.memberPubkey && senderPubkey !== client.sessionPubkey) ||
      (recipient.kind === "presence" && recipient.key.startsWith(`${presence.id}/`));
    // A sender without a session key is known by its presence only, which the ledger does not show.
    if (recipient.kind === "member" && client.sessionPubkey === undefined) return false;
    return isRecipient && this.offeredTo(client).length < this.limits.offerWindowMessages;
  }
}

function key(digit: string, number: number): PublicKey {
  return `${digit}${number.toString(16).padStart(63, "0")}` as PublicKey;
}

function messageOf(outstandingKey: string): string {
  return outstandingKey.slice(outstandingKey.lastIndexOf(" ") + 1);
}
