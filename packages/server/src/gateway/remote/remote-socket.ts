/**
 * One remote connection from its first frame to its last: reads frames, keeps their order, carries out `connect`, lets
 * handlers do the rest, answers. It knows the rules of the connection; it must not know what requests mean.
 *
 * States: greeted (`hello` was sent; only `ping` and `connect` have an effect, [AUTH-5]) → connected → closing.
 */
import { isUtf8 } from "node:buffer";
import {
  REMOTE_CLOSE,
  REMOTE_HELLO_CAPABILITIES,
  REMOTE_LIMITS,
  parseRemoteMessage,
  type ParsedRemoteMessage,
  type RemoteClientMessageOf,
  type RemoteServerMessage,
} from "@parlatory/protocol/remote";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { Connection, ConnectionListener } from "../connection.ts";
import { Connecting } from "./connecting.ts";
import { routeOf, type RoutedMessage } from "./dispatch.ts";
import { FloodGuard } from "./flood-guard.ts";
import { jsonBytes } from "./frames/cut-strings.ts";
import { InboundLimit } from "./inbound-limit.ts";
import { Outbox } from "./outbox.ts";
import type { Peer } from "./peer.ts";
import { makePong } from "./pushes/session-frames.ts";
import { toError, toRefusal } from "./refusal.ts";
import type { RemoteServices } from "./remote-services.ts";
import type { Call } from "./route.ts";
import { Turns, type Turn } from "./turns.ts";

export interface RemoteSocketOptions {
  readonly connection: Connection;
  readonly address: string;
  readonly serverOrigin: string | undefined;
  readonly isAuthOn: boolean;
  /** Rejects with StoreUnavailableError while the database has not answered yet. */
  readonly services: () => Promise<RemoteServices>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly createReference: () => string;
  /** A key was wrong ([AUTH-8]). */
  readonly onAuthFailed: () => void;
  /** It waits for a `connect` no more: one was accepted, or the socket ended. Called once. */
  readonly onSettled: () => void;
}

/** More works under way, or more of their bytes, stop the reading until half of them are done. */
const MAX_UNDER_WAY = 256;
const MAX_BYTES_UNDER_WAY = 2 * REMOTE_LIMITS.inboundBytes;

type Refused = Extract<ParsedRemoteMessage, { ok: false }>;

export class RemoteSocket implements ConnectionListener {
  readonly #options: RemoteSocketOptions;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #inbound: InboundLimit;
  readonly #flood = new FloodGuard();
  readonly #turns = new Turns(() => this.#resumeReading());
  readonly #connecting: Connecting;
  #stage: "greeted" | "connected" | "closing" = "greeted";
  #peer: Peer | undefined;
  #services: RemoteServices | undefined;
  #framesBeforeConnect = 0;
  #bytesUnderWay = 0;
  #isPaused = false;
  /** Frames that were read already when reading was paused for their number. */
  #held: Buffer[] | undefined;
  #cancelConnectTimer: (() => void) | undefined;
  #cancelFloodTimer: (() => void) | undefined;

  constructor(options: RemoteSocketOptions) {
    this.#options = options;
    const { connection, log } = options;
    this.#connection = connection;
    this.#outbox = new Outbox({ wire: connection, log });
    this.#inbound = new InboundLimit(connection);
    this.#connecting = new Connecting({
      outbox: this.#outbox,
      address: options.address,
      serverOrigin: options.serverOrigin,
      isAuthOn: options.isAuthOn,
      refuse: () => this.#refuseKey(),
      onAuthFailed: options.onAuthFailed,
    });
  }

  start(): void {
    const { scheduler, isAuthOn } = this.#options;
    this.#cancelConnectTimer = scheduler.after(REMOTE_LIMITS.connectTimeoutMs, () => this.#close("notConnected"));
    this.#inbound.start();
    this.#connection.start(this);
    this.#outbox.send({
      type: "hello",
      message: "Welcome to Parlatory",
      version: "0.1.0",
      instructions: "Send connect message with session_id",
      auth_version: isAuthOn ? 1 : 0,
      protocol: 1,
      capabilities: [...REMOTE_HELLO_CAPABILITIES],
    });
  }

  onFrame(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.#close("binaryFrame");
    else if (!this.#inbound.takes(data.length)) this.#close("tooLarge");
    else if (this.#held !== undefined) this.#held.push(data);
    else this.#take(data);
  }

  onDrained(): void {
    this.#peer?.handleDrained();
  }

  onEnd(): void {
    const wasSettled = this.#stage === "connected";
    this.#stage = "closing";
    this.#turns.clear();
    this.#inbound.stop();
    this.#held = undefined;
    this.#cancelConnectTimer?.();
    this.#cancelFloodTimer?.();
    this.#connecting.stop();
    if (!wasSettled) this.#options.onSettled();
    if (this.#peer !== undefined) this.#services?.pushes.leave(this.#peer);
  }

  /** No input ends the process: whatever goes wrong here is a fault of ours and ends in one answer ([RLIM-7]). */
  #take(data: Buffer): void {
    if (this.#stage === "greeted" && ++this.#framesBeforeConnect > REMOTE_LIMITS.framesBeforeConnect) {
      this.#close("notConnected");
      return;
    }
    this.#pauseFlood();
    const parsed: ParsedRemoteMessage = isUtf8(data)
      ? parseRemoteMessage(data.toString("utf8"))
      : { ok: false, code: "invalid_json", text: "Error processing message: the frame is not UTF-8" };
    if (parsed.ok && parsed.message.type === "ping") {
      // At any time, before whatever is under way ([CONN-10]).
      this.#answer(makePong(this.#options.clock.now()), parsed.message.correlation_id);
      return;
    }
    this.#bytesUnderWay += data.length;
    this.#turns.take(
      () => this.#turnOf(parsed),
      async () => {
        try {
          await this.#carryOut(parsed);
        } finally {
          this.#bytesUnderWay -= data.length;
        }
      },
    );
    if (!this.#isPaused && (this.#turns.underWay > MAX_UNDER_WAY || this.#bytesUnderWay > MAX_BYTES_UNDER_WAY)) {
      this.#isPaused = true;
      this.#connection.pause();
    }
  }

  #turnOf(parsed: ParsedRemoteMessage): Turn {
    if (!parsed.ok || this.#peer === undefined || isOwn(parsed.message)) return "ordered";
    const { turn } = routeOf(parsed.message);
    return typeof turn === "function" ? { key: turn(parsed.message) } : turn;
  }

  async #carryOut(parsed: ParsedRemoteMessage): Promise<void> {
    if (this.#stage === "closing") return;
    const correlationId = parsed.ok ? parsed.message.correlation_id : parsed.correlationId;
    try {
      if (!parsed.ok) this.#refuseUnread(parsed);
      else if (parsed.message.type === "connect") await this.#connect(parsed.message);
      else if (!isOwn(parsed.message)) await this.#handle(parsed.message);
    } catch (error) {
      this.#answer(toRefusal(error) ?? this.#toInternal(error, parsed), correlationId);
    }
  }

  async #handle(message: RoutedMessage): Promise<void> {
    const { correlation_id: correlationId } = message;
    if (this.#peer === undefined || this.#services === undefined) this.#refuseUnconnected(correlationId);
    else await routeOf(message).handle(this.#toCall(this.#peer, this.#services, correlationId), message);
  }

  #toCall(peer: Peer, services: RemoteServices, correlationId: string | undefined): Call {
    const echoBytes = correlationId === undefined ? 0 : jsonBytes({ correlation_id: correlationId });
    return {
      peer,
      services,
      correlationId,
      form: () => {
        const { form } = peer.outbox;
        return { ...form, budgetBytes: form.budgetBytes - echoBytes };
      },
      answer: (message) => this.#answer(message, correlationId),
    };
  }

  async #connect(message: RemoteClientMessageOf<"connect">): Promise<void> {
    const services = await this.#options.services();
    if (this.#stage === "closing") return;
    this.#services = services;
    const peer = await this.#connecting.carryOut(services, this.#peer, message);
    if (peer === undefined) return;
    if (this.#isOver()) {
      services.pushes.leave(peer);
      return;
    }
    if (this.#peer !== undefined) return;
    this.#peer = peer;
    this.#stage = "connected";
    this.#inbound.raise();
    this.#cancelConnectTimer?.();
    this.#options.onSettled();
  }

  #isOver(): boolean {
    return this.#stage === "closing";
  }

  #refuseUnread(unread: Refused): void {
    // A known type with a bad field is, before `connect`, a known type ([AUTH-5]).
    if (this.#peer === undefined && unread.type !== undefined && unread.type !== "connect" && unread.type !== "ping") {
      this.#refuseUnconnected(unread.correlationId);
    } else this.#answer(toError(unread.code, unread.text), unread.correlationId);
  }

  #refuseUnconnected(correlationId: string | undefined): void {
    this.#answer(toError("not_connected", "Must send connect message with session_id first"), correlationId);
    if (this.#options.isAuthOn) this.#refuseKey();
  }

  /** One text for a key that is missing, wrong or revoked ([AUTH-4]). */
  #refuseKey(): void {
    this.#outbox.send({ type: "auth_error", message: "Authentication failed" });
    this.#close("authenticationFailed");
  }

  #answer(message: RemoteServerMessage, correlationId: string | undefined): void {
    this.#outbox.send(correlationId === undefined ? message : { ...message, correlation_id: correlationId });
  }

  #toInternal(error: unknown, parsed: ParsedRemoteMessage): RemoteServerMessage {
    const reference = this.#options.createReference();
    const type = parsed.ok ? parsed.message.type : "unread";
    this.#options.log.error("a message of the remote could not be carried out", { reference, type, error });
    return toError("internal", `Internal error (${reference})`);
  }

  #resumeReading(): void {
    const isHalfDone = this.#turns.underWay <= MAX_UNDER_WAY / 2 && this.#bytesUnderWay <= MAX_BYTES_UNDER_WAY / 2;
    if (!this.#isPaused || !isHalfDone) return;
    this.#isPaused = false;
    if (this.#held === undefined) this.#connection.resume();
  }

  #pauseFlood(): void {
    const pauseMs = this.#flood.note(this.#options.clock.now());
    if (pauseMs === 0) return;
    this.#held = [];
    this.#connection.pause();
    this.#cancelFloodTimer = this.#options.scheduler.after(pauseMs, () => {
      const held = this.#held ?? [];
      this.#held = undefined;
      if (!this.#isPaused) this.#connection.resume();
      for (const data of held) this.onFrame(data, false);
    });
  }

  #close(why: keyof typeof REMOTE_CLOSE): void {
    const { code, reason } = REMOTE_CLOSE[why];
    this.#connection.close(code, reason);
  }
}

function isOwn(message: { type: string }): message is RemoteClientMessageOf<"connect" | "ping"> {
  return message.type === "connect" || message.type === "ping";
}
