/**
 * The socket of a remote client: hello, connect, heartbeat, reconnects ([CLIENT-1], [CONN-5], [CONN-10]). It must not know
 * what messages mean beyond those before `connected`.
 * States: idle → connecting → ready → waiting → connecting …; ended from every state, for good.
 */
import type { RemoteClientMessageOf, RemoteServerMessage, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { Heartbeat } from "../../connection/heartbeat.ts";
import { randomFraction, reconnectDelay } from "../../connection/reconnect-delay.ts";
import type { Logger } from "../../logger.ts";
import type { MeshSocket, Platform, Timer } from "../../platform.ts";
import type { RemoteConnectionState, RemoteEndReason, RemoteLoss, RemoteReadyInfo } from "../remote-client-events.ts";
import { describeRemoteLoss, isFinal, type RemoteRefusal } from "./remote-loss.ts";

export interface RemoteLinkOptions {
  readonly url: string;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly reconnect: boolean;
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly deadAfterMs: number;
  readonly connectMessage: () => RemoteClientMessageOf<"connect">;
}

/** What the owner hears; `frame` is every message after `connected`. */
export interface RemoteLinkListener {
  stateChanged(state: RemoteConnectionState, before: RemoteConnectionState): void;
  frame(frame: RemoteServerMessage): void;
}

const JITTER = 0.25;
const KNOWN_PROTOCOL = 1;
const NORMAL_CLOSE = 1000;
const CLOSE_WAIT_MS = 1_000;
/** A link that was not used for long, as of a phone that slept, has so long to give a sign of life. */
const PROBE_MS = 5_000;
const PING = JSON.stringify({ type: "ping" });

export class RemoteLink {
  readonly #options: RemoteLinkOptions;
  readonly #listener: RemoteLinkListener;
  #state: RemoteConnectionState = { name: "idle" };
  /** Distinguishes the present socket from earlier ones, whose last events may still come. */
  #serial = 0;
  #socket: MeshSocket | undefined;
  #heartbeat: Heartbeat | undefined;
  #timer: Timer | undefined;
  #probe: Timer | undefined;
  #failures = 0;
  #hello: RemoteServerMessageOf<"hello"> | undefined;
  #refusal: RemoteRefusal | undefined;
  #closing: { readonly serial: number; readonly done: () => void } | undefined;

  constructor(options: RemoteLinkOptions, listener: RemoteLinkListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get state(): RemoteConnectionState {
    return this.#state;
  }

  start(): void {
    if (this.#state.name === "idle") this.#open();
  }

  /** The app came forward: tries at once what waits, and looks whether what seems open still is. */
  wake(): void {
    if (this.#state.name === "waiting") {
      this.#failures = 0;
      this.#timer?.cancel();
      this.#open();
    } else if (this.#state.name === "ready" && this.#probe === undefined) {
      this.write(PING);
      this.#probe = this.#options.platform.clock.startTimer(PROBE_MS, () =>
        this.#drop(`nothing came from the server for ${PROBE_MS} ms after waking`),
      );
    }
  }

  /** Writes a message; only meaningful while ready. */
  write(text: string): void {
    this.#socket?.send(text);
  }

  /** Says goodbye and waits for the other side to close, at most one second. */
  async close(): Promise<void> {
    if (this.#state.name === "ended") return;
    const reason: RemoteEndReason = { kind: "closed", message: "closed by its owner" };
    const socket = this.#state.name === "ready" ? this.#socket : undefined;
    if (socket === undefined) {
      this.#socket?.terminate();
      this.#end(reason);
      return;
    }
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.platform.clock.startTimer(CLOSE_WAIT_MS, () => {
      socket.terminate();
      resolve();
    });
    this.#closing = {
      serial: this.#serial,
      done: () => {
        timer.cancel();
        resolve();
      },
    };
    socket.close(NORMAL_CLOSE, "");
    this.#end(reason);
    await closed;
  }

  #open(): void {
    const { platform, connectTimeoutMs, url } = this.#options;
    if (this.#state.name === "ended") return;
    const serial = ++this.#serial;
    const isPresent = (): boolean => serial === this.#serial;
    this.#hello = undefined;
    this.#refusal = undefined;
    this.#timer = platform.clock.startTimer(connectTimeoutMs, () =>
      this.#drop(`no connected within ${connectTimeoutMs} ms`),
    );
    this.#enter({ name: "connecting", attempt: this.#failures + 1 });
    // A listener of that change may have closed the client.
    if (!isPresent()) return;
    this.#socket = platform.openSocket(url, {
      opened: () => undefined,
      message: (text) => {
        if (isPresent()) this.#message(text);
      },
      alive: () => {
        if (isPresent()) this.#heard();
      },
      closed: (code, _reason, error) => {
        if (isPresent()) this.#lost(describeRemoteLoss(code, this.#refusal, error));
        else if (this.#closing?.serial === serial) this.#closing.done();
      },
    });
  }

  #heard(): void {
    this.#heartbeat?.heard();
    this.#probe?.cancel();
    this.#probe = undefined;
  }

  #message(text: string): void {
    this.#heard();
    let frame: RemoteServerMessage;
    try {
      frame = JSON.parse(text) as RemoteServerMessage;
    } catch {
      this.#options.logger.warn("the server sent a message that is not JSON; it was ignored", { chars: text.length });
      return;
    }
    if (frame.type === "auth_error") this.#refusal = frame;
    else if (this.#state.name === "ready") this.#listener.frame(frame);
    else this.#beforeConnected(frame);
  }

  #beforeConnected(frame: RemoteServerMessage): void {
    if (frame.type === "hello" && this.#hello === undefined) {
      if (frame.protocol !== KNOWN_PROTOCOL) return this.#unusable(frame);
      this.#hello = frame;
      this.write(JSON.stringify(this.#options.connectMessage()));
    } else if (frame.type === "connected") {
      this.#connected(frame);
    } else if (frame.type === "error") {
      // The socket would stay, but nothing would ever come of it.
      this.#refusal = frame;
      this.#socket?.terminate();
      this.#lost(describeRemoteLoss(1006, frame, undefined));
    }
  }

  #unusable({ protocol }: RemoteServerMessageOf<"hello">): void {
    this.#socket?.terminate();
    const message = `the server speaks version ${protocol} of the remote protocol, this client ${KNOWN_PROTOCOL}`;
    this.#end({ kind: "unusable", code: "unsupported", message });
  }

  #connected(frame: RemoteServerMessageOf<"connected">): void {
    const { platform, pingIntervalMs, deadAfterMs } = this.#options;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#failures = 0;
    this.#heartbeat = new Heartbeat({
      clock: platform.clock,
      pingIntervalMs,
      deadAfterMs,
      ping: () => this.write(PING),
      dead: () => this.#drop(`nothing came from the server for ${deadAfterMs} ms`),
    });
    const info: RemoteReadyInfo = {
      serverVersion: frame.server_version,
      capabilities: frame.capabilities,
      deviceId: frame.device_id,
      hasAuthentication: this.#hello?.auth_version !== 0,
      maxInboundBytes: frame.limits.max_inbound_bytes,
      pushPublicKey: frame.push_public_key,
    };
    this.#enter({ name: "ready", info });
  }

  /** Gives a connection up that may still look open. */
  #drop(why: string): void {
    this.#socket?.terminate();
    this.#lost({ closeCode: 1006, code: "server_unreachable", message: why });
  }

  #lost(loss: RemoteLoss): void {
    this.#serial++;
    this.#release();
    if (isFinal(loss, this.#refusal)) return this.#end({ kind: "refused", code: loss.code, message: loss.message });
    if (!this.#options.reconnect) return this.#end({ kind: "lost", code: loss.code, message: loss.message });
    const { platform } = this.#options;
    this.#failures++;
    const delayMs = reconnectDelay(this.#failures, randomFraction(platform), JITTER);
    this.#timer = platform.clock.startTimer(delayMs, () => this.#open());
    this.#enter({ name: "waiting", attempt: this.#failures, retryAtMs: platform.clock.now() + delayMs, loss });
  }

  #end(reason: RemoteEndReason): void {
    this.#serial++;
    this.#release();
    this.#enter({ name: "ended", reason });
  }

  #release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#probe?.cancel();
    this.#probe = undefined;
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#socket = undefined;
  }

  #enter(state: RemoteConnectionState): void {
    const before = this.#state;
    if (before.name === "ended") return;
    this.#state = state;
    this.#listener.stateChanged(state, before);
  }
}
