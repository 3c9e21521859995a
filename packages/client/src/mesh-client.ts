/**
 * One peer (or control presence) of one mesh. Joins the parts: connection (hello, reconnect, heartbeat), requests, sending,
 * receiving. It must not know files, processes or the environment: those come in as ports.
 * States: `ConnectionState` in mesh-client-events.ts. `connect` starts it, `close` ends it for good.
 */
import {
  MESH_LIMITS,
  type AckFrame,
  type AgentInfo,
  type BrokerFrame,
  type ClientFrame,
  type GroupEntry,
  type Memory,
  type MessageStatusResult,
  type Peer,
  type PeerStatus,
  type PushFrame,
  type StateEntry,
} from "@parlatory/protocol";
import { Connection } from "./connection/connection.ts";
import { endError, untilReady } from "./connection/until-ready.ts";
import { createIdentity, type Identity } from "./connection/identity.ts";
import { OwnProfile } from "./connection/own-profile.ts";
import { WhenReady } from "./connection/when-ready.ts";
import { openCrypto } from "./crypto/open-crypto.ts";
import { silentLogger, type Logger } from "./logger.ts";
import type { ClientLoad, ConnectionState, MeshClientEvents, ReadyInfo } from "./mesh-client-events.ts";
import type { MeshClientOptions } from "./mesh-client-options.ts";
import { Acknowledger } from "./receiving/acknowledger.ts";
import { RecentIds } from "./receiving/received-ids.ts";
import { Receiver } from "./receiving/receiver.ts";
import { MeshRequests, type MemoryFilter, type MemoryPage, type PeerFilter } from "./requests/mesh-requests.ts";
import { RequestTable } from "./requests/request-table.ts";
import { MessageSender } from "./sending/message-sender.ts";
import { Outbox } from "./sending/outbox.ts";
import type { SealedSend, SendInput, SendResult } from "./sending/send-result.ts";
import { TypedEmitter } from "./typed-emitter.ts";

const DEFAULTS = {
  helloTimeoutMs: 10_000,
  connectWaitMs: 5_000,
  requestTimeoutMs: 10_000,
  resendForMs: 600_000,
  ackIntervalMs: 20,
  maxOutboxMessages: 10_000,
  maxOutboxBytes: 16 * 1024 * 1024,
  drainMs: 1_000,
} as const;

export class MeshClient {
  readonly #options: MeshClientOptions;
  readonly #logger: Logger;
  readonly #events: TypedEmitter<MeshClientEvents>;
  readonly #profile: OwnProfile;
  readonly #connection: Connection;
  readonly #whenReady: WhenReady;
  readonly #table: RequestTable;
  readonly #requests: MeshRequests;
  readonly #outbox: Outbox;
  readonly #sender: MessageSender;
  readonly #acknowledger: Acknowledger;
  readonly #receiver: Receiver;
  readonly #connectWaitMs: number;
  #identity: Identity | undefined;
  #loading: Promise<Identity | undefined> | undefined;
  #negotiated: ReadonlySet<string> = new Set();

  constructor(options: MeshClientOptions) {
    this.#options = options;
    const { platform, timing = {}, sending = {}, receiving = {} } = options;
    const { clock } = platform;
    this.#logger = options.logger ?? silentLogger;
    this.#events = new TypedEmitter(this.#logger);
    this.#profile = new OwnProfile(options);
    this.#connectWaitMs = timing.connectWaitMs ?? DEFAULTS.connectWaitMs;
    const requestTimeoutMs = timing.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs;
    this.#whenReady = new WhenReady(clock);
    this.#connection = new Connection(
      {
        platform,
        profile: this.#profile,
        logger: this.#logger,
        reconnect: options.reconnect ?? true,
        helloTimeoutMs: timing.helloTimeoutMs ?? DEFAULTS.helloTimeoutMs,
        pingIntervalMs: timing.pingIntervalMs ?? MESH_LIMITS.pingIntervalMs,
        deadAfterMs: timing.deadAfterMs ?? MESH_LIMITS.deadAfterMs,
      },
      { stateChanged: (state, before) => this.#stateChanged(state, before), frame: (frame) => this.#frame(frame) },
    );
    this.#table = new RequestTable({
      clock,
      requestTimeoutMs,
      write: (text, written, expired) => {
        const write = (): void => {
          this.#connection.write(text);
          written();
        };
        if (this.#isReady()) return write();
        this.#waitForReady(this.#connectWaitMs, write, () => expired(this.#whyNotReady()));
      },
    });
    this.#requests = new MeshRequests(this.#table, this.#profile);
    this.#outbox = new Outbox({
      clock,
      requestTimeoutMs,
      maxMessages: sending.maxOutboxMessages ?? DEFAULTS.maxOutboxMessages,
      maxBytes: sending.maxOutboxBytes ?? DEFAULTS.maxOutboxBytes,
      resendForMs: timing.resendForMs ?? DEFAULTS.resendForMs,
      write: (text) => this.#connection.write(text),
      isReady: () => this.#isReady(),
      whenReady: (waitMs, run, expired) => this.#waitForReady(waitMs, run, expired),
    });
    this.#sender = new MessageSender({
      platform,
      sending,
      connectWaitMs: this.#connectWaitMs,
      outbox: this.#outbox,
      isReady: () => this.#isReady(),
      hasReceipts: () => this.#negotiated.has("receipts"),
      messageStatus: (messageId) => this.#requests.messageStatus(messageId),
      late: (result) => void this.#events.emit("lateResult", result),
    });
    const receivedIds = options.receivedIds ?? new RecentIds();
    this.#acknowledger = new Acknowledger({
      clock,
      receivedIds,
      ackIntervalMs: receiving.ackIntervalMs ?? DEFAULTS.ackIntervalMs,
      write: (frame) => this.#writeAck(frame),
      done: (messageIds) => this.#receiver.remembered(messageIds),
      failed: (cause) => {
        const message = cause instanceof Error ? cause.message : String(cause);
        this.#events.emit("warning", { kind: "received_ids_unwritable", message });
      },
    });
    this.#receiver = new Receiver({
      receivedIds,
      receiving,
      acknowledger: this.#acknowledger,
      logger: this.#logger,
      handOver: (message) => this.#events.emit("message", message),
      warn: (warning) => void this.#events.emit("warning", warning),
    });
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** The key others see: session key, or member key of a control presence. Known from the first attempt to connect on. */
  get pubkey(): string | undefined {
    return this.#identity?.own.publicKey;
  }

  /** How full the client's queues are; their bounds are in the options, or far above what a broker offers. */
  get load(): ClientLoad {
    const { messages, bytes } = this.#outbox.load;
    return {
      outboxMessages: messages,
      outboxBytes: bytes,
      heldMessages: this.#receiver.held,
      openOffers: this.#acknowledger.open,
      pendingRequests: this.#table.size,
    };
  }

  /** Starts connecting in the background and returns at once. Calling it again changes nothing. */
  connect(): void {
    if (this.state.name !== "idle") return;
    const identity = this.#identityNow();
    if (identity !== undefined) this.#connection.start(identity);
    else void this.#load().then((loaded) => loaded !== undefined && this.#connection.start(loaded));
  }

  /**
   * Resolves when ready. Rejects with `MeshRequestError`: the end's code, or after `timeoutMs` (default
   * `timing.connectWaitMs`) the code of the last refusal, or `server_unreachable`.
   */
  untilReady(timeoutMs: number = this.#connectWaitMs): Promise<ReadyInfo> {
    return untilReady(this, this.#options.platform.clock, timeoutMs);
  }

  /**
   * Writes acknowledgements that are due, says `bye` and waits for the other side, each at most 1 s. Sends without an
   * answer resolve `unconfirmed`; requests reject.
   */
  async close(): Promise<void> {
    if (this.#isReady()) {
      const { clock } = this.#options.platform;
      let stopWaiting = (): void => undefined;
      const timeUp = new Promise<void>((resolve) => {
        stopWaiting = resolve;
      });
      const timer = clock.startTimer(DEFAULTS.drainMs, stopWaiting);
      await Promise.race([this.#acknowledger.drain(), timeUp]);
      timer.cancel();
    }
    await this.#connection.close();
  }

  /** Adds a listener; the answer removes it. One that throws is logged and stops nobody else. */
  on<Event extends keyof MeshClientEvents>(
    event: Event,
    listener: (value: MeshClientEvents[Event]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /** Encrypts, signs multicasts, sends, and says what became of it ([MCP-6]). Never rejects for a refusal. */
  async send(input: SendInput): Promise<SendResult> {
    const identity = this.#identityNow() ?? (await this.#load());
    if (identity !== undefined && this.state.name !== "ended") return await this.#sender.send(input, identity);
    const message = `the message was not sent: ${this.#whyNotReady()}`;
    return {
      outcome: "rejected",
      code: "server_unreachable",
      message,
      retryable: false,
      detail: {},
      clientMessageId: input.clientMessageId ?? "",
    };
  }

  /**
   * Raw path: sends a body sealed by the caller. `answered` gets the ack, positive or not, or `undefined` when it was given
   * up. False when the outbox is full: nothing was taken.
   */
  sendSealed(input: SealedSend, answered?: (ack: AckFrame | undefined) => void): boolean {
    return this.state.name !== "ended" && this.#sender.sendSealed(input, answered);
  }

  /** Raw path: acknowledges as `surfaced` a push taken by `receiving.onRawPush`. */
  acknowledge(messageId: string): void {
    this.#acknowledger.surfaced(messageId, []);
  }

  /** Asks for held mail; the messages arrive as `message` events before this resolves ([DLV-18]). `max` 1-500, default 50. */
  pull(max?: number): Promise<{ count: number; remaining: number }> {
    return this.#requests.pull(max);
  }
  /** The ledger of one message ([DLV-16]). */
  messageStatus(messageId: string): Promise<MessageStatusResult> {
    return this.#requests.messageStatus(messageId);
  }
  /** Oneself included, oldest connection first ([PEER-1]). */
  listPeers(filter?: PeerFilter): Promise<Peer[]> {
    return this.#requests.listPeers(filter);
  }
  /** Resolves with the status in force afterwards, which a hook cannot always change ([STAT-2]). */
  setStatus(status: PeerStatus, source?: "hook" | "manual"): Promise<PeerStatus> {
    return this.#requests.setStatus(status, source);
  }
  /** At most 1,024 characters; empty clears ([PEER-4]). */
  setSummary(summary: string): Promise<void> {
    return this.#requests.setSummary(summary);
  }
  setAgentInfo(agentInfo: AgentInfo): Promise<void> {
    return this.#requests.setAgentInfo(agentInfo);
  }
  /** Resolves with all groups of this presence ([GRP-4]). */
  joinGroup(name: string, role?: string): Promise<GroupEntry[]> {
    return this.#requests.joinGroup(name, role);
  }
  /** Resolves with the groups that are left ([GRP-4]). */
  leaveGroup(name: string): Promise<GroupEntry[]> {
    return this.#requests.leaveGroup(name);
  }
  /** A missing key has version 0 and value null ([STATE-5]). */
  getState(key: string): Promise<StateEntry> {
    return this.#requests.getState(key);
  }
  /** `null` deletes. With `ifVersion` a conflict rejects `version_conflict` with `detail.current` ([STATE-3]). */
  setState(key: string, value: unknown, ifVersion?: number): Promise<StateEntry> {
    return this.#requests.setState(key, value, ifVersion);
  }
  listState(prefix?: string): Promise<StateEntry[]> {
    return this.#requests.listState(prefix);
  }
  /** Exact key, or prefix when it ends in `*` ([STATE-8]). Set again after reconnects. Resolves with all patterns. */
  watchState(key: string): Promise<string[]> {
    return this.#requests.watchState(key);
  }
  unwatchState(key: string): Promise<string[]> {
    return this.#requests.unwatchState(key);
  }
  /** Resolves with the id of the memory ([MEM-1]). */
  remember(content: string, tags?: readonly string[]): Promise<string> {
    return this.#requests.remember(content, tags);
  }
  recall(query: string, filter?: MemoryFilter): Promise<Memory[]> {
    return this.#requests.recall(query, filter);
  }
  /** `next` is what to pass as `before`, or null at the end ([MEM-4]). */
  listMemories(page?: MemoryPage): Promise<{ memories: Memory[]; next: string | null }> {
    return this.#requests.listMemories(page);
  }
  /** Full id or a unique prefix of at least 6 characters ([MEM-5]). */
  forget(memoryId: string): Promise<void> {
    return this.#requests.forget(memoryId);
  }

  #isReady(): boolean {
    return this.#connection.state.name === "ready";
  }

  /** Known at once when the owner brought the crypto, so that order is kept without waiting. */
  #identityNow(): Identity | undefined {
    const { crypto } = this.#options;
    return this.#identity ?? (crypto === undefined ? undefined : this.#identify(crypto));
  }

  #load(): Promise<Identity | undefined> {
    this.#loading ??= (async () => {
      const { crypto, platform } = this.#options;
      try {
        return this.#identify(crypto ?? (await openCrypto({ randomBytes: (count) => platform.randomBytes(count) })));
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        this.#connection.fail({ kind: "unusable", code: "crypto_unavailable", message });
        return undefined;
      }
    })();
    return this.#loading;
  }

  #identify(crypto: NonNullable<MeshClientOptions["crypto"]>): Identity | undefined {
    if (this.#identity !== undefined || this.state.name === "ended") return this.#identity;
    const made = createIdentity(this.#options, crypto);
    if (made.ok) this.#identity = made.identity;
    else this.#connection.fail({ kind: "unusable", code: "bad_key", message: made.message });
    return this.#identity;
  }

  #waitForReady(waitMs: number, run: () => void, expired: () => void): void {
    if (this.state.name === "ended") expired();
    else this.#whenReady.add(waitMs, run, expired);
  }

  #whyNotReady(): string {
    const { state } = this;
    if (state.name === "ended") return endError(state.reason).message;
    return state.name === "waiting"
      ? `the broker could not be reached: ${state.loss.message}`
      : "the broker could not be reached in time";
  }

  #writeFrame(frame: ClientFrame): boolean {
    if (!this.#isReady()) return false;
    this.#connection.write(JSON.stringify(frame));
    return true;
  }

  /** Without the capability pushes count as surfaced by themselves ([DLV-12]), so nothing is left to say. */
  #writeAck(frame: ClientFrame): boolean {
    return this.#negotiated.has("client_ack") ? this.#writeFrame(frame) : this.#isReady();
  }

  #stateChanged(state: ConnectionState, before: ConnectionState): void {
    if (before.name === "ready") this.#table.connectionLost();
    if (state.name === "ready") this.#becameReady(state.info);
    if (state.name === "waiting" && state.loss.closeCode === 1009) this.#sender.frameTooLarge();
    if (state.name === "ended") this.#ended();
    this.#logger.debug("connection", { mesh: this.#options.mesh.slug, state: state.name });
    this.#events.emit("connection", state);
    if (state.name === "ready") this.#events.emit("ready", state.info);
    if (state.name === "waiting" && before.name === "ready") this.#events.emit("down", state.loss);
    if (state.name === "ended") this.#events.emit("ended", state.reason);
  }

  #becameReady(info: ReadyInfo): void {
    this.#negotiated = new Set(info.capabilities);
    this.#acknowledger.connected();
    if (!info.resumed) for (const frame of this.#profile.restoringFrames()) this.#writeFrame(frame);
    this.#outbox.resend();
    this.#whenReady.runAll();
  }

  #ended(): void {
    this.#acknowledger.end();
    this.#sender.end();
    this.#outbox.end();
    this.#whenReady.expireAll();
  }

  #frame(frame: BrokerFrame): void {
    switch (frame.type) {
      case "push":
        if (frame.kind === "system") this.#systemPush(frame);
        else if (this.#identity !== undefined) this.#receiver.push(frame, this.#identity);
        return;
      case "ack":
        this.#sender.ack(frame);
        return;
      case "receipt":
        this.#sender.receipt(frame);
        this.#events.emit("receipt", frame);
        return;
      case "state_change": {
        const { type: _, ...change } = frame;
        this.#events.emit("stateChange", change);
        return;
      }
      case "mesh_policy":
        this.#events.emit("policy", { policies: frame.policies });
        return;
      case "error":
        if (this.#table.reply(frame) || this.#sender.error(frame)) return;
        this.#events.emit("warning", { kind: "stray_error", code: frame.code, message: frame.message });
        return;
      default:
        // Types of a later protocol are ignored like replies nobody waits for any more ([FRM-5]).
        this.#table.reply(frame);
    }
  }

  #systemPush(push: PushFrame): void {
    if (push.event !== undefined && push.eventData !== undefined) {
      this.#events.emit("peerEvent", { event: push.event, peer: push.eventData, at: push.createdAt });
    }
  }
}
