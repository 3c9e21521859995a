/** One socket of the remote protocol as a test sees it: every frame that came, and waiting for one that has not. */
import type { RemoteClientMessage, RemoteServerMessage, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { WebSocket } from "ws";

type Type = RemoteServerMessage["type"];
/** A request without the field that only the socket knows. */
type Request = RemoteClientMessage;

const waitMs = 60_000;

export class RemoteSocket {
  readonly frames: RemoteServerMessage[] = [];
  readonly #socket: WebSocket;
  /** Frames before this one were taken by `next`. */
  #taken = 0;
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as RemoteServerMessage);
      this.#wake();
    });
    socket.on("close", () => this.#wake());
    socket.on("error", () => this.#wake());
  }

  /** Opens, waits for the hello, connects and waits for the frames that follow it ([CONN-5]). */
  static async connect(options: {
    url: string;
    key: string;
    clientSessionId: string;
    capabilities?: readonly string[];
    deviceName?: string;
  }): Promise<RemoteSocket> {
    const socket = new RemoteSocket(new WebSocket(`${options.url.replace(/^http/, "ws")}/remote`));
    await socket.next("hello");
    socket.send({
      type: "connect",
      session_id: options.clientSessionId,
      api_key: options.key,
      capabilities: [...(options.capabilities ?? ["stream", "approvals", "session_events"])],
      device_name: options.deviceName ?? "a test",
    });
    await socket.next("session_list");
    return socket;
  }

  send(message: Request): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** The next frame of a type that was not waited for yet and fits; those before it are passed over. */
  async next<Name extends Type>(
    type: Name,
    fits: (frame: RemoteServerMessageOf<Name>) => boolean = () => true,
  ): Promise<RemoteServerMessageOf<Name>> {
    const until = Date.now() + waitMs;
    for (;;) {
      for (; this.#taken < this.frames.length; this.#taken++) {
        const frame = this.frames[this.#taken] as RemoteServerMessage;
        if (frame.type === type && fits(frame as RemoteServerMessageOf<Name>)) {
          this.#taken++;
          return frame as RemoteServerMessageOf<Name>;
        }
      }
      if (this.#socket.readyState >= WebSocket.CLOSING) throw new Error(`the socket closed before a ${type}`);
      const left = until - Date.now();
      if (left <= 0) throw new Error(`no ${type} within ${waitMs} ms; came: ${this.#tellFrames()}`);
      await this.#something(left);
    }
  }

  /** All frames of a type so far. */
  all<Name extends Type>(type: Name): RemoteServerMessageOf<Name>[] {
    return this.frames.filter((frame) => frame.type === type) as RemoteServerMessageOf<Name>[];
  }

  /** Ids and texts of a session's messages as they came, history and pushes. */
  messages(sessionId: string): { seq: number; id: string; role: string; text: string }[] {
    return this.all("session_history")
      .filter((frame) => frame.session_id === sessionId)
      .flatMap((frame) => frame.messages.map(({ seq, id, role, text }) => ({ seq, id, role, text })));
  }

  /** Cuts the connection as a network does. */
  cut(): void {
    this.#socket.terminate();
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
    this.#socket.close();
    await closed;
  }

  #something(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tellFrames(): string {
    return JSON.stringify(this.frames.slice(-8)).slice(0, 2_000);
  }
}
