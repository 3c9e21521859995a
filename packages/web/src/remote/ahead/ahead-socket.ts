/**
 * The first socket of the remote, opened by a small script while the app is still on its way and being read, so that what
 * the server tells every connection is there when the app can first show it. It says what the app would say, `connect` on
 * `hello`, and keeps what comes. It must not know what messages mean beyond `hello`.
 * States: alone → taken, a socket like any other; or over, when it was lost, too much came or nobody: then the app opens
 * one of its own, as it does for every later connection.
 */
import type { Clock, MeshSocket, OpenSocket, SocketHandlers, Timer } from "@parlatory/client";
import type { RemoteServerMessage } from "@parlatory/protocol/remote";

export interface AheadSocketOptions {
  readonly url: string;
  /** What is said on `hello`; the app says exactly the same. */
  readonly connect: string;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
}

const knownProtocol = 1;
/** An app that takes longer may not come at all. */
const aloneMs = 30_000;
const maxChars = 8_000_000;

export class AheadSocket {
  readonly #options: AheadSocketOptions;
  readonly #socket: MeshSocket;
  readonly #waiting: Timer;
  /** Until it is taken. */
  #kept: string[] | undefined = [];
  #chars = 0;
  #handlers: SocketHandlers | undefined;
  #hasSaidConnect = false;

  constructor(options: AheadSocketOptions) {
    const { url, openSocket, clock } = options;
    this.#options = options;
    this.#waiting = clock.startTimer(aloneMs, () => this.#giveUp());
    this.#socket = openSocket(url, {
      opened: () => this.#handlers?.opened(),
      message: (text) => (this.#handlers === undefined ? this.#keep(text) : this.#handlers.message(text)),
      alive: () => this.#handlers?.alive(),
      closed: (...how) => {
        this.#release();
        this.#handlers?.closed(...how);
      },
    });
  }

  /** Once, for the same address; what came so far is told when the call has returned. Undefined: there is nothing to take. */
  take(url: string, handlers: SocketHandlers): MeshSocket | undefined {
    const kept = this.#kept;
    if (kept === undefined || url !== this.#options.url) return undefined;
    this.#release();
    this.#handlers = handlers;
    queueMicrotask(() => kept.forEach((text) => handlers.message(text)));
    return { ...this.#socket, send: (text) => this.#send(text) };
  }

  #send(text: string): void {
    if (!this.#hasSaidConnect) return this.#socket.send(text);
    this.#hasSaidConnect = false;
    // Should the app be somebody else by now, it must not go on with what it was told.
    if (text !== this.#options.connect) this.#socket.terminate();
  }

  #keep(text: string): void {
    if (this.#kept === undefined) return;
    this.#chars += text.length;
    if (this.#chars > maxChars) return this.#giveUp();
    this.#kept.push(text);
    if (this.#kept.length > 1 || !isKnownHello(text)) return;
    this.#hasSaidConnect = true;
    this.#socket.send(this.#options.connect);
  }

  #giveUp(): void {
    this.#release();
    this.#socket.terminate();
  }

  #release(): void {
    this.#waiting.cancel();
    this.#kept = undefined;
  }
}

/** A server that speaks otherwise gets no answer here: what to make of it is for the app. */
function isKnownHello(text: string): boolean {
  try {
    const frame = JSON.parse(text) as RemoteServerMessage;
    return frame.type === "hello" && frame.protocol === knownProtocol;
  } catch {
    return false;
  }
}
