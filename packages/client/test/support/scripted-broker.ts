import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

export type Frame = Record<string, unknown> & { type: string };

/** A queue one can wait on. */
class Inbox<Item> {
  readonly #items: Item[] = [];
  readonly #takers: ((item: Item) => void)[] = [];

  put(item: Item): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  take(): Promise<Item> {
    const item = this.#items.shift();
    return item === undefined ? new Promise((resolve) => this.#takers.push(resolve)) : Promise.resolve(item);
  }

  get waiting(): readonly Item[] {
    return this.#items;
  }
}

/** The broker's side of one connection: frames are read one by one, answers are written by the test. */
export class ScriptedConnection {
  readonly #socket: WebSocket;
  readonly #frames = new Inbox<Frame>();
  /** Every frame as it came, hello included. */
  readonly texts: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Called with each frame before it is queued; true = dealt with. */
  onFrame: ((frame: Frame) => boolean) | undefined;
  pings = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      const frame = JSON.parse(text) as Frame;
      this.texts.push(text);
      if (this.onFrame?.(frame) !== true) this.#frames.put(frame);
    });
    socket.on("ping", () => this.pings++);
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") }));
    });
  }

  /** The next frame that was not taken yet. */
  next(): Promise<Frame> {
    return this.#frames.take();
  }

  /** Skips frames until one of this type comes. */
  async nextOf(type: string): Promise<Frame> {
    for (;;) {
      const frame = await this.#frames.take();
      if (frame.type === type) return frame;
    }
  }

  /** What came and was not taken. */
  get unread(): readonly Frame[] {
    return this.#frames.waiting;
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** Answers a hello with `hello_ack`; negotiates whatever was asked. */
  async accept(changes: object = {}): Promise<Frame> {
    const hello = await this.nextOf("hello");
    this.send({
      type: "hello_ack",
      presenceId: "presence-1",
      memberDisplayName: hello["displayName"] ?? "somebody",
      capabilities: hello["capabilities"] ?? [],
      serverTime: hello["timestamp"],
      meshSlug: "demo",
      protocol: 1,
      memberRole: "member",
      resumed: false,
      hookToken: "t".repeat(32),
      mailbox: { now: 0, next: 0, low: 0 },
      meshPolicy: { requireSessionProof: false, allowPlaintextGroups: "auto", messageLog: false },
      ...changes,
    });
    return hello;
  }

  /** Refuses a hello as the contract says: an error frame, then close 1008 with the same code. */
  async refuse(code: string, detail: object = {}): Promise<Frame> {
    const hello = await this.nextOf("hello");
    this.send({ type: "error", code, message: `refused: ${code}`, ...detail });
    this.#socket.close(1008, code);
    return hello;
  }

  ack(send: Frame, changes: object = {}): void {
    const outcome = { offering: 1, held: 0, stored: 0, refused: 0 };
    this.send({
      type: "ack",
      id: send["id"],
      messageId: `m-${String(send["id"])}`,
      queued: true,
      recipients: 1,
      outcome,
      ...changes,
    });
  }

  nack(send: Frame, code: string, detail: object = {}): void {
    this.send({
      type: "ack",
      id: send["id"],
      messageId: "",
      queued: false,
      code,
      error: `refused: ${code}`,
      ...detail,
    });
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  /** Cuts the connection without a close frame. */
  cut(): void {
    this.#socket.terminate();
  }

  /** Stops reading, so that pings are not answered. */
  freeze(): void {
    this.#socket.pause();
  }
}

/** A WebSocket server on a free port whose every word is the test's. */
export class ScriptedBroker {
  readonly #server: WebSocketServer;
  readonly #connections = new Inbox<ScriptedConnection>();
  readonly url: string;
  connectionCount = 0;

  private constructor(server: WebSocketServer, path: string) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    server.on("connection", (socket) => {
      this.connectionCount++;
      this.#connections.put(new ScriptedConnection(socket));
    });
  }

  static async start(port = 0, path = "/ws"): Promise<ScriptedBroker> {
    const server = new WebSocketServer({ host: "127.0.0.1", port, path, perMessageDeflate: false });
    await new Promise<void>((resolve) => server.once("listening", resolve));
    return new ScriptedBroker(server, path);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  nextConnection(): Promise<ScriptedConnection> {
    return this.#connections.take();
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
