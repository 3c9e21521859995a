/**
 * The connection to the broker: socket, hello, heartbeat, reconnects ([HELLO-4], [HELLO-9], [WS-6]). It must not know what
 * the frames mean beyond `hello_ack` and the errors before it.
 * States: idle → connecting → ready → waiting → connecting …; ended from every state, for good.
 */
import {
  CLOSE,
  FATAL_HELLO_CODES,
  mayReconnectAfter,
  type BrokerFrame,
  type ErrorFrame,
  type HelloAckFrame,
} from "@parlatory/protocol";
import type { Logger } from "../logger.ts";
import type { ConnectionLoss, ConnectionState, EndReason, ReadyInfo } from "../mesh-client-events.ts";
import type { MeshSocket, Platform, Timer } from "../platform.ts";
import { Heartbeat } from "./heartbeat.ts";
import { createHello } from "./hello.ts";
import type { Identity } from "./identity.ts";
import { describeLoss, readEnd } from "./loss.ts";
import type { OwnProfile } from "./own-profile.ts";
import { randomFraction, reconnectDelay } from "./reconnect-delay.ts";

export interface ConnectionOptions {
  platform: Platform;
  profile: OwnProfile;
  logger: Logger;
  reconnect: boolean;
  helloTimeoutMs: number;
  pingIntervalMs: number;
  deadAfterMs: number;
}

/** What the owner hears; `frame` is every frame after `hello_ack`. */
export interface ConnectionListener {
  stateChanged(state: ConnectionState, before: ConnectionState): void;
  frame(frame: BrokerFrame): void;
}

/** Refusals that are answered by another hello at once, each once per series of failures. */
type AtOnceCode = "timestamp_skew" | "replayed";

const CLOSE_WAIT_MS = 1_000;
const PROBE = JSON.stringify({ type: "get_state", key: "parlatory/alive", _reqId: "alive" });

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  #identity: Identity | undefined;
  #state: ConnectionState = { name: "idle" };
  /** Distinguishes the present socket from earlier ones, whose last events may still come. */
  #serial = 0;
  #socket: MeshSocket | undefined;
  #heartbeat: Heartbeat | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #retriedAtOnce = new Set<AtOnceCode>();
  #refusal: ErrorFrame | undefined;
  #clockOffsetMs = 0;
  #lastTimestamp = 0;
  #openedAt = 0;
  #closing: { serial: number; done: () => void } | undefined;

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Starts the first attempt. */
  start(identity: Identity): void {
    if (this.#state.name !== "idle") return;
    this.#identity = identity;
    this.#open();
  }

  /** Writes a frame; only meaningful while ready. */
  write(text: string): void {
    this.#socket?.send(text);
  }

  /** Ends for good without an attempt: what was given cannot work. */
  fail(reason: EndReason): void {
    this.#end(reason);
  }

  /** Says `bye` and waits for the other side to close, at most one second. */
  async close(): Promise<void> {
    if (this.#state.name === "ended") return;
    const socket = this.#state.name === "ready" ? this.#socket : undefined;
    if (socket === undefined) {
      this.#socket?.terminate();
      this.#end({ kind: "closed", message: "closed by its owner" });
      return;
    }
    const { clock } = this.#options.platform;
    const serial = this.#serial;
    const closed = new Promise<void>((resolve) => {
      const timer = clock.startTimer(CLOSE_WAIT_MS, () => {
        socket.terminate();
        resolve();
      });
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      this.#closing = { serial, done };
    });
    socket.close(CLOSE.bye.code, CLOSE.bye.reason);
    this.#end({ kind: "closed", message: "closed by its owner" });
    await closed;
  }

  #open(): void {
    const { platform, helloTimeoutMs } = this.#options;
    const identity = this.#identity;
    if (identity === undefined || this.#state.name === "ended") return;
    const serial = ++this.#serial;
    const isPresent = (): boolean => serial === this.#serial;
    this.#refusal = undefined;
    this.#openedAt = platform.clock.now();
    this.#timer = platform.clock.startTimer(helloTimeoutMs, () =>
      this.#drop(`no hello_ack within ${helloTimeoutMs} ms`),
    );
    this.#enter({ name: "connecting", attempt: this.#failures + 1 });
    // A listener of that change may have closed the client.
    if (!isPresent()) return;
    this.#socket = platform.openSocket(identity.mesh.brokerUrl, {
      opened: () => {
        if (isPresent()) this.write(JSON.stringify(this.#hello(identity)));
      },
      message: (text) => {
        if (isPresent()) this.#message(text);
      },
      alive: () => {
        if (isPresent()) this.#heartbeat?.heard();
      },
      closed: (code, reason, error) => {
        if (isPresent()) this.#lost(describeLoss(code, reason, this.#refusal, error));
        else if (this.#closing?.serial === serial) this.#closing.done();
      },
    });
  }

  #hello(identity: Identity): ReturnType<typeof createHello> {
    const now = this.#options.platform.clock.now() + this.#clockOffsetMs;
    this.#lastTimestamp = Math.max(now, this.#lastTimestamp + 1);
    return createHello(identity, this.#options.profile, this.#lastTimestamp);
  }

  #message(text: string): void {
    this.#heartbeat?.heard();
    let frame: BrokerFrame;
    try {
      frame = JSON.parse(text) as BrokerFrame;
    } catch {
      this.#options.logger.warn("the broker sent a frame that is not JSON; it was ignored", { chars: text.length });
      return;
    }
    if (this.#state.name === "ready") return this.#listener.frame(frame);
    if (frame.type === "hello_ack") this.#accepted(frame);
    else if (frame.type === "error") this.#refusal = frame;
  }

  #accepted(ack: HelloAckFrame): void {
    const { platform, pingIntervalMs, deadAfterMs } = this.#options;
    const { clock } = platform;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#failures = 0;
    this.#retriedAtOnce.clear();
    const socket = this.#socket;
    const ping = socket?.ping;
    this.#heartbeat = new Heartbeat({
      clock,
      pingIntervalMs,
      deadAfterMs,
      // Without pings a cheap question does: any answer is a sign of life.
      ping: () => (ping === undefined ? this.write(PROBE) : ping.call(socket)),
      dead: () => this.#drop(`nothing came from the broker for ${deadAfterMs} ms`),
    });
    this.#enter({ name: "ready", info: this.#readyInfo(ack, clock.now()) });
  }

  #readyInfo(ack: HelloAckFrame, now: number): ReadyInfo {
    const connectMs = now - this.#openedAt;
    return {
      presenceId: ack.presenceId,
      displayName: ack.memberDisplayName,
      pubkey: this.#identity?.own.publicKey ?? "",
      capabilities: ack.capabilities ?? [],
      memberRole: ack.memberRole,
      resumed: ack.resumed,
      hookToken: ack.hookToken,
      mailbox: ack.mailbox,
      policy: ack.meshPolicy,
      meshSlug: ack.meshSlug,
      clockOffsetMs: Math.round(ack.serverTime - (now - connectMs / 2)),
      connectMs,
    };
  }

  /** Gives a connection up that may still look open. */
  #drop(why: string): void {
    this.#socket?.terminate();
    this.#lost({ closeCode: 1006, code: "server_unreachable", message: why });
  }

  #lost(loss: ConnectionLoss): void {
    this.#serial++;
    this.#release();
    this.#socket = undefined;
    if (this.#retryAtOnce(loss)) return this.#open();
    const end = this.#endAfter(loss);
    if (end !== undefined) return this.#end(end);
    const { platform } = this.#options;
    this.#failures++;
    const delayMs = reconnectDelay(this.#failures, randomFraction(platform));
    this.#timer = platform.clock.startTimer(delayMs, () => this.#open());
    this.#enter({ name: "waiting", attempt: this.#failures, retryAtMs: platform.clock.now() + delayMs, loss });
  }

  /** A skewed clock is put right and an equal signature made anew, once each ([HELLO-4], [HELLO-9]). */
  #retryAtOnce(loss: ConnectionLoss): boolean {
    const { code } = loss;
    if (code !== "timestamp_skew" && code !== "replayed") return false;
    if (this.#state.name !== "connecting" || this.#retriedAtOnce.has(code)) return false;
    const serverTime = this.#refusal?.serverTime;
    if (code === "timestamp_skew") {
      if (serverTime === undefined) return false;
      this.#clockOffsetMs = serverTime - this.#options.platform.clock.now();
      // The clock may have been ahead: the next timestamp must be allowed to be smaller.
      this.#lastTimestamp = 0;
    }
    this.#retriedAtOnce.add(code);
    return true;
  }

  #endAfter(loss: ConnectionLoss): EndReason | undefined {
    if (FATAL_HELLO_CODES.has(loss.code) || !mayReconnectAfter(loss.closeCode, loss.code)) return readEnd(loss);
    if (this.#options.reconnect) return undefined;
    return { kind: "lost", code: loss.code, message: loss.message };
  }

  #end(reason: EndReason): void {
    this.#serial++;
    this.#release();
    this.#socket = undefined;
    this.#enter({ name: "ended", reason });
  }

  #release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
  }

  #enter(state: ConnectionState): void {
    const before = this.#state;
    if (before.name === "ended") return;
    this.#state = state;
    this.#listener.stateChanged(state, before);
  }
}
