/**
 * One WebSocket as the rest of the server sees it: text frames in and out, heartbeats, back-pressure, an end. It knows
 * nothing of hellos, presences or frame types.
 *
 * States: open → closing (a close frame went out or came in, nothing is read any more) → closed. `onClosing` is called
 * once, when the connection stops being open for whatever reason we decide; `onClosed` once, when the socket is gone.
 */
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { PresenceConnection } from "../mesh/ports.ts";
import type { Clock, Scheduler } from "../ports.ts";
import type { Corks } from "./corks.ts";
import { FlushConfirmations } from "./flush-confirmations.ts";
import { encodeSharedTextFrame, encodeTextFrame } from "./text-frame.ts";

export interface ConnectionListener {
  /** `data` is UTF-8 text unless `isBinary`; it may not be well-formed. */
  onFrame(data: Buffer, isBinary: boolean): void;
  /** The outgoing buffer fell below `crowdedAboveBytes` ([WS-7]). */
  onDrained(): void;
  /**
   * `clean`: the client ended it by a close frame of its own ([PRES-3]). `isOurs`: we ended it, or what came was no frame.
   * Called once.
   */
  onEnd(clean: boolean, isOurs: boolean): void;
}

export interface ConnectionOptions {
  id: number;
  webSocket: WebSocket;
  socket: Socket;
  clock: Clock;
  scheduler: Scheduler;
  corks: Corks;
  /** Above this many bytes waiting, `onDrained` tells when they are below it again. */
  crowdedAboveBytes: number;
  maxOutgoingBytes: number;
  /** More than `maxOutgoingBytes` wait. Called for every frame that makes it so, while the connection is open. */
  onOverflow: (connection: Connection) => void;
  /** The socket is gone for good. Called once. */
  onClosed: (connection: Connection) => void;
}

/** How long a client that sent its close frame may take to end the connection. */
const CLOSE_ANSWER_MS = 1_000;
/** A client that left for these codes has lost its connection, not given it up ([PRES-3]). */
const LOSS_CODES: ReadonlySet<number> = new Set([1001, 1006, 4008]);

export class Connection implements PresenceConnection {
  readonly id: number;
  readonly #options: ConnectionOptions;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  #listener: ConnectionListener | undefined;
  #confirmations: FlushConfirmations | undefined;
  /** We ended it, or the transport failed: whatever comes now is no goodbye of the client. */
  #isOurs = false;
  #isEnded = false;
  #isCrowded = false;
  #lastSignAt: number;
  #lastPingAt: number;
  #cancelCloseTimer: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.#options = options;
    this.#webSocket = options.webSocket;
    this.#socket = options.socket;
    this.#lastSignAt = options.clock.now();
    this.#lastPingAt = this.#lastSignAt;
  }

  /** Begins to read. */
  start(listener: ConnectionListener): void {
    this.#listener = listener;
    const webSocket = this.#webSocket;
    webSocket.on("message", (data: Buffer, isBinary: boolean) => {
      this.#lastSignAt = this.#options.clock.now();
      if (!this.#isEnded) listener.onFrame(data, isBinary);
    });
    webSocket.on("ping", () => (this.#lastSignAt = this.#options.clock.now()));
    webSocket.on("pong", (payload: Buffer) => {
      this.#lastSignAt = this.#options.clock.now();
      this.#confirmations?.handlePong(payload.toString("latin1"));
    });
    // A broken frame, or one above the limit: `ws` has sent the close frame already (1002, 1009).
    webSocket.on("error", () => {
      this.#isOurs = true;
      this.#end(false);
    });
    webSocket.on("close", (code: number) => {
      this.#cancelCloseTimer?.();
      this.#end(!this.#isOurs && !LOSS_CODES.has(code));
      this.#options.onClosed(this);
    });
    this.#socket.on("data", this.#watchForCloseFrame);
  }

  get isOpen(): boolean {
    return !this.#isEnded && this.#webSocket.readyState === WebSocket.OPEN;
  }

  send(frame: string | Buffer): void {
    if (!this.isOpen) return;
    this.#cork();
    // Written past the library, which would write header and payload apart; whole frames of both follow each other.
    const bytes = typeof frame === "string" ? encodeTextFrame(frame) : encodeSharedTextFrame(frame);
    const ahead = this.bufferedBytes() + bytes.length;
    if (ahead <= this.#options.crowdedAboveBytes) {
      this.#socket.write(bytes);
      return;
    }
    // Above the mark every frame watches for the drain, so that the last one of them does in any case.
    this.#isCrowded = true;
    this.#socket.write(bytes, this.#noteFlushed);
    if (ahead > this.#options.maxOutgoingBytes) this.#options.onOverflow(this);
  }

  flush(): void {
    this.#socket.uncork();
  }

  bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  confirmFlushed(settleMs: number, done: (confirmed: boolean) => void): void {
    if (!this.isOpen) {
      done(false);
      return;
    }
    this.#confirmations ??= new FlushConfirmations({
      scheduler: this.#options.scheduler,
      ping: (payload, flushed) => {
        if (!this.isOpen) return;
        this.#cork();
        this.#webSocket.ping(payload, false, (error?: Error) => {
          if (error === undefined || error === null) flushed();
        });
      },
    });
    this.#confirmations.request(settleMs, done);
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#isOurs = true;
    this.#webSocket.close(code, reason);
    this.#end(false);
  }

  /** Cuts the connection without a close frame. */
  terminate(): void {
    this.#isOurs = true;
    this.#end(false);
    this.#webSocket.terminate();
  }

  /** Stops reading until `resume`: the client has more under way than we hold for one connection. */
  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  /** Tells how many bytes each read brought, before what is in them is understood. Returns what ends it. */
  watchInput(listener: (bytes: number) => void): () => void {
    const onData = (chunk: Buffer): void => listener(chunk.length);
    this.#socket.prependListener("data", onData);
    return () => void this.#socket.off("data", onData);
  }

  /** For a client that is not expected to answer the close frame, because it is busy sending. */
  terminateSoon(): void {
    this.#cancelCloseTimer ??= this.#options.scheduler.after(CLOSE_ANSWER_MS, () => this.#webSocket.terminate());
  }

  /**
   * One look of the heartbeat at this connection ([WS-6]). Gives when it will be dead if it stays silent. Times in
   * milliseconds.
   */
  beat(now: number, pingIntervalMs: number, deadAfterMs: number): number {
    const leftMs = this.#lastSignAt + deadAfterMs - now;
    if (leftMs <= 0) {
      this.terminate();
      return Number.POSITIVE_INFINITY;
    }
    if (now - this.#lastPingAt >= pingIntervalMs && this.isOpen) {
      this.#lastPingAt = now;
      this.#webSocket.ping();
    }
    return leftMs;
  }

  #cork(): void {
    if (this.#socket.writableCorked === 0) this.#options.corks.cork(this.#socket);
  }

  readonly #noteFlushed = (): void => {
    if (!this.#isCrowded || !this.isOpen || this.bufferedBytes() > this.#options.crowdedAboveBytes) return;
    this.#isCrowded = false;
    this.#listener?.onDrained();
  };

  /** A client that sent its close frame has left, even if it never ends the connection ([PRES-3]). */
  readonly #watchForCloseFrame = (): void => {
    if (this.#isOurs || this.#cancelCloseTimer !== undefined || this.#webSocket.readyState !== WebSocket.CLOSING) {
      return;
    }
    this.#cancelCloseTimer = this.#options.scheduler.after(CLOSE_ANSWER_MS, () => this.#webSocket.terminate());
  };

  #end(clean: boolean): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#socket.off("data", this.#watchForCloseFrame);
    this.#confirmations?.close();
    this.#listener?.onEnd(clean, this.#isOurs);
  }
}
