import {
  DEFAULT_POLICIES,
  MESH_LIMITS,
  WireError,
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
import type { StatusSource } from "../../src/mesh/presence.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { HeldTime } from "./held-time.ts";
import { MemoryStore } from "./memory-store.ts";
import { startModelBroker, type ModelBroker } from "./delivery-model/model-broker.ts";
import { ModelConnection, type ClientProfile, type ModelClient } from "./delivery-model/model-client.ts";
import { OutstandingOffers } from "./delivery-model/outstanding-offers.ts";
import { PushRules } from "./delivery-model/push-rules.ts";
import { checkEnd, checkRest } from "./delivery-model/rest-rules.ts";
import { isAnswerTo, SentMessages, type SentMessage } from "./delivery-model/sent-messages.ts";

export const MESH = "mesh-model" as MeshId;
const MODERN: Capability[] = ["client_ack", "pull", "receipts", "group_box"];

/**
 * A whole mesh with a real delivery core, a store that can fail, clients that behave badly, and time that a test moves.
 * It checks sections 5 to 7 of the contract from outside: on every push, and at rest through the ledger.
 */
export class DeliveryWorld {
  readonly time = new HeldTime();
  readonly store = new MemoryStore();
  readonly limits: MeshLimits;
  readonly clients: ModelClient[] = [];
  readonly #sent = new SentMessages();
  readonly #offers = new OutstandingOffers();
  readonly #rules: PushRules;
  #broker: ModelBroker | undefined;
  #broken: Error | undefined;
  #ids = 0;
  #connections = 0;

  private constructor(limits: Partial<MeshLimits>) {
    this.limits = { ...MESH_LIMITS, ...limits };
    this.#rules = new PushRules({
      time: this.time,
      store: this.store,
      limits: this.limits,
      offers: this.#offers,
      sent: this.#sent,
    });
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
    for (const profile of profiles) world.#addClient(profile);
    await world.start();
    return world;
  }

  get broker(): ModelBroker {
    if (this.#broker === undefined) throw new Error("the model has no broker");
    return this.#broker;
  }

  get sent(): readonly SentMessage[] {
    return this.#sent.all;
  }

  async start(): Promise<void> {
    this.#broker = await startModelBroker({
      time: this.time,
      store: this.store,
      limits: this.limits,
      nextNumber: () => this.#ids++,
      onFault: (error) => this.#note(error),
    });
  }

  /** kill -9: memory, timers and connections are gone, the store stays. */
  async crash(): Promise<void> {
    // A send refused after an unclear commit is taken back by the next transaction; a crash in between is a second fault.
    const isUnclear = [...this.store.messages.values()].some(({ ciphertext }) => this.#sent.isRefused(ciphertext));
    if (isUnclear || this.store.outage !== "none") return;
    this.time.forget();
    for (const client of this.clients) {
      if (client.connection !== undefined) client.connection.isOpen = false;
      client.connection = undefined;
      client.presence = undefined;
    }
    this.#offers.drop(() => true);
    this.#sent.loseAnswers();
    await this.start();
  }

  connect(client: ModelClient): void {
    if (client.connection?.isOpen === true) return;
    const { presences, commit, directory } = this.broker;
    const connection = new ModelConnection(
      ++this.#connections,
      client,
      {
        pushed: (to, push) => this.#handlePush(to, push),
        offeredOn: (on) => this.#offers.on(on),
        confirmed: (by, messageIds) => this.#handleConfirmed(by, messageIds),
      },
      this.time,
    );
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
    this.#offers.drop((offer) => offer.connection === connection);
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
    const { repeat, replyTo } = options;
    const sent = this.#sent.add({ client, target, priority, replyTo }, repeat);
    this.broker.delivery.send(
      client.presence,
      {
        type: "send",
        targetSpec: target,
        priority,
        nonce: Buffer.alloc(24).toString("base64"),
        ciphertext: sent.body,
        clientMessageId: `m-${sent.first}`,
        ...(replyTo === undefined ? {} : { replyTo }),
      },
      (reply) => {
        if (sent.reply !== undefined) return;
        try {
          this.#sent.answer(sent, reply);
        } catch (error) {
          this.#note(error);
        }
        if (reply.ok) this.#offers.drop(({ recipient, messageId }) => isAnswerTo(sent, recipient, messageId));
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
      (error: unknown) => this.#noteUnlessOutage(error),
    );
    await this.time.settle();
    return remaining;
  }

  /** What this client was offered and has not settled, oldest offer first. */
  offeredTo(client: ModelClient): string[] {
    return client.connection === undefined ? [] : this.#offers.on(client.connection);
  }

  acknowledge(client: ModelClient, id: string, how: "one" | "upTo" | "received" | "refuse"): void {
    const { presence, connection } = client;
    if (presence === undefined || connection === undefined || presence.connection !== connection) return;
    const offered = this.offeredTo(client);
    const covered = new Set(how === "upTo" ? offered.slice(0, offered.indexOf(id) + 1) : [id]);
    for (const offer of this.#offers.all()) {
      // An acknowledgement after the timeout may find the offer taken back already.
      const isLate = this.time.now() - offer.at >= this.limits.ackTimeoutMs;
      if (how === "received" && offer.connection === connection && covered.has(offer.messageId)) {
        offer.received = !isLate;
      }
    }
    if (how !== "received") {
      this.#offers.drop((offer) => offer.connection === connection && covered.has(offer.messageId));
      for (const messageId of covered) client.handled.add(messageId);
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
    acknowledged?.catch((error: unknown) => this.#noteUnlessOutage(error));
  }

  /** Moves time in steps with the periodic work of a broker. */
  async wait(ms: number): Promise<void> {
    const steps = Math.min(6, Math.max(1, Math.ceil(ms / 250)));
    for (let i = 0; i < steps; i++) {
      await this.time.advance(ms / steps);
      this.broker.delivery.tick();
      this.broker.presences.sweep();
      this.#offers.drop(({ connection }) => !connection.isOpen);
      await this.time.settle();
    }
  }

  /** Raises BrokenRule for what broke a rule up to now, or does at rest. During an outage only the first. */
  async checkAtRest(): Promise<void> {
    this.#throwIfBroken();
    if (this.store.outage !== "none") return;
    await this.wait(31_000);
    await this.wait(100);
    await this.broker.commit.drain();
    await this.time.settle();
    this.#throwIfBroken();
    checkRest({ ...this.#shared, sent: this.#sent, offers: this.#offers });
  }

  /** To be called after everybody read everything. */
  async checkEnded(): Promise<void> {
    await this.broker.commit.drain();
    await this.time.settle();
    checkEnd({ ...this.#shared, sent: this.#sent, offers: this.#offers });
  }

  get #shared(): Pick<DeliveryWorld, "store" | "limits" | "clients"> {
    return { store: this.store, limits: this.limits, clients: this.clients };
  }

  #addClient(profile: ClientProfile): void {
    const memberPubkey = key("a", profile.member);
    const { members } = this.store;
    if (!members.some(({ pubkey }) => pubkey === memberPubkey)) {
      const id = `member-${profile.member}-id` as MemberId;
      const times = { joinedAt: 0, lastSeenAt: 0 };
      members.push({ id, meshId: MESH, pubkey: memberPubkey, displayName: id, role: "member", ...times });
    }
    this.clients.push({
      profile,
      memberPubkey,
      sessionPubkey: profile.hasSessionKey ? key("b", this.clients.length) : undefined,
      connection: undefined,
      presence: undefined,
      handled: new Set(),
    });
  }

  #handlePush(connection: ModelConnection, push: PushFrame): void {
    try {
      this.#rules.check(connection, push);
    } catch (error) {
      this.#note(error);
      return;
    }
    const { client } = connection;
    if (!client.profile.modern) client.handled.add(push.messageId);
  }

  /** A legacy client read these: they are not offered any more ([DLV-12]). */
  #handleConfirmed(connection: ModelConnection, messageIds: readonly string[]): void {
    const confirmed = new Set(messageIds);
    this.#offers.drop((offer) => offer.connection === connection && confirmed.has(offer.messageId));
  }

  #noteUnlessOutage(error: unknown): void {
    const isOutage =
      error instanceof StoreUnavailableError || (error instanceof WireError && error.code === "storage_unavailable");
    if (!isOutage) this.#note(error);
  }

  /** The first thing that went wrong; told at the next check, because the broker must survive what it calls. */
  #note(error: unknown): void {
    this.#broken ??= error instanceof Error ? error : new Error(String(error));
  }

  #throwIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }
}

function key(digit: string, number: number): PublicKey {
  return `${digit}${number.toString(16).padStart(63, "0")}` as PublicKey;
}
