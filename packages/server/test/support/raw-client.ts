import { randomBytes, sign, type KeyObject } from "node:crypto";
import { helloString, sessionProofString, type HelloFrame } from "@parlatory/protocol";
import { WebSocket, type ClientOptions } from "ws";
import { createKey, type TestKey, type TestMember } from "./server.ts";

/** A frame as it came, for tests to look into. */
export type RawFrame = Record<string, unknown> & { type: string };

export interface HelloPlan extends Partial<Omit<HelloFrame, "type">> {
  /** Session key to announce; a new one unless told, none with `null`. */
  session?: TestKey | null;
  /** Sends `sessionProof`; default for modern hellos. */
  prove?: boolean;
}

export function signText(privateKey: KeyObject, text: string): string {
  return sign(null, Buffer.from(text), privateKey).toString("hex");
}

/** A hello as 0.3 clients say it: no capabilities, an unproven session key. */
export function legacyHello(member: TestMember, plan: HelloPlan = {}): RawFrame {
  const { session = createKey(), prove = false, ...fields } = plan;
  const timestamp = fields.timestamp ?? Date.now();
  const base = { meshId: member.meshId, memberId: member.id, pubkey: member.publicKey, timestamp, ...fields };
  const sessionPubkey = fields.sessionPubkey ?? session?.publicKey;
  return {
    type: "hello",
    ...base,
    ...(sessionPubkey === undefined ? {} : { sessionPubkey }),
    signature: fields.signature ?? signText(member.privateKey, helloString(base)),
    ...(prove && session !== null && sessionPubkey !== undefined && fields.sessionProof === undefined
      ? { sessionProof: signText(session.privateKey, sessionProofString({ ...base, sessionPubkey })) }
      : {}),
  };
}

/** A hello of our own clients: capabilities (none by default) and a proof of the session key. */
export function modernHello(member: TestMember, plan: HelloPlan = {}): RawFrame {
  return legacyHello(member, { capabilities: [], prove: true, ...plan });
}

/** A direct message that nobody can open, as a `send` frame. */
export function directSend(targetSpec: string, id: string, more: Record<string, unknown> = {}): RawFrame {
  const nonce = randomBytes(24).toString("base64");
  return {
    type: "send",
    id,
    targetSpec,
    priority: "next",
    nonce,
    ciphertext: randomBytes(64).toString("base64"),
    ...more,
  };
}

/** The least client: text in, frames out, in the order they came. */
export class RawClient {
  readonly webSocket: WebSocket;
  readonly frames: RawFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #taken = 0;
  #wake: (() => void)[] = [];
  #isClosed = false;

  private constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on("message", (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString("utf8")) as RawFrame);
      this.#wakeAll();
    });
    webSocket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      webSocket.on("close", (code, reason) => {
        this.#isClosed = true;
        this.#wakeAll();
        resolve({ code, reason: reason.toString("utf8") });
      });
    });
  }

  /** Rejects when the upgrade is refused. */
  static async open(url: string, options: ClientOptions = {}): Promise<RawClient> {
    const client = new RawClient(new WebSocket(url, options));
    await new Promise<void>((resolve, reject) => {
      client.webSocket.once("open", () => resolve());
      client.webSocket.once("error", reject);
    });
    return client;
  }

  /** Opens a connection, says this hello and waits for its `hello_ack`. */
  static async join(
    url: string,
    hello: RawFrame,
    options: ClientOptions = {},
  ): Promise<{ client: RawClient; ack: RawFrame }> {
    const client = await RawClient.open(url, options);
    client.send(hello);
    return { client, ack: await client.next("hello_ack") };
  }

  send(frame: object | string): void {
    this.webSocket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Sends a request with a `_reqId` and returns the frame that answers it. */
  async request(frame: Record<string, unknown>): Promise<RawFrame> {
    const reqId = randomBytes(6).toString("hex");
    this.send({ ...frame, _reqId: reqId });
    return this.find((answer) => answer["_reqId"] === reqId);
  }

  /** The next frame not taken yet; with `type`, it must be of that type. Rejects when the connection ends first. */
  async next(type?: string): Promise<RawFrame> {
    await this.#until(() => this.frames.length > this.#taken);
    const frame = this.frames[this.#taken];
    if (frame === undefined) throw new Error(`the connection ended before ${type ?? "another"} frame came`);
    this.#taken++;
    if (type !== undefined && frame.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(frame)}`);
    return frame;
  }

  /** The first frame, taken or not, that fits; waits for it. */
  async find(fits: (frame: RawFrame) => boolean): Promise<RawFrame> {
    await this.#until(() => this.frames.some(fits));
    const frame = this.frames.find(fits);
    if (frame === undefined) {
      throw new Error(`the connection ended; got ${this.frames.map((other) => other.type).join(", ")}`);
    }
    return frame;
  }

  /** Waits until there are at least `count` frames that fit. */
  async collect(count: number, fits: (frame: RawFrame) => boolean): Promise<RawFrame[]> {
    await this.#until(() => this.frames.filter(fits).length >= count);
    return this.frames.filter(fits);
  }

  /** The frames that were taken were thrown away. */
  forgetTaken(): void {
    this.#taken = 0;
  }

  /** Asks for something harmless and waits for the answer: everything sent before was carried out. */
  async settle(): Promise<void> {
    await this.request({ type: "list_peers", group: "nobody-is-in-here" });
  }

  async close(code = 1000, reason = "bye"): Promise<void> {
    this.webSocket.close(code, reason);
    await this.closed;
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!this.#isClosed && !isTrue()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
