/**
 * A client for load: says a modern hello and moves frames with as little work of its own as can be. It does not encrypt,
 * because what it measures is the broker, to which a ciphertext is opaque; the product's own client is in
 * `packages/client`.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { WebSocket } from "ws";

export interface Member {
  memberId: string;
  pubkey: string;
  privateKey: KeyObject;
}

/** A fresh ed25519 key pair; the id comes from the broker. */
export function createMember(): Member {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pubkey = (publicKey.export({ format: "der", type: "spki" }) as Buffer).subarray(-32).toString("hex");
  return { memberId: "", pubkey, privateKey: createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" })) };
}

export interface Push {
  messageId: string;
  ciphertext: string;
  createdAt: string;
  redelivery?: number;
}

export interface Ack {
  id: string;
  messageId: string;
  queued: boolean;
  code?: string;
  duplicate?: boolean;
  recipients?: number;
}

export interface LoadClientOptions {
  wsUrl: string;
  meshId: string;
  member: Member;
  session?: Member;
  capabilities?: string[];
  /** Says no capabilities at all and acknowledges nothing. */
  isLegacy?: boolean;
  /** Milliseconds between cumulative acknowledgements; 0 acknowledges nothing. */
  ackEveryMs?: number;
  groups?: { name: string }[];
  /** Called before the hello: pushes may come in one read with its answer. */
  prepare?: (client: LoadClient) => void;
}

let lastTimestamp = 0;

/** Sessions of one member that start in the same millisecond would sign the same hello ([HELLO-4]). */
function nextTimestamp(): number {
  lastTimestamp = Math.max(Date.now(), lastTimestamp + 1);
  return lastTimestamp;
}

const NONCE = randomBytes(24).toString("base64");

export class LoadClient {
  readonly session: Member;
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  readonly #ackEveryMs: number;
  #isCorked = false;
  #ackTimer: NodeJS.Timeout | undefined;
  #lastOffered = "";
  #nextRequest = 1;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  onPush: (push: Push) => void = () => undefined;
  onAck: (ack: Ack) => void = () => undefined;
  onClosed: (code: number) => void = () => undefined;

  private constructor(socket: WebSocket, raw: Socket, session: Member, ackEveryMs: number) {
    this.#socket = socket;
    this.#raw = raw;
    this.session = session;
    this.#ackEveryMs = ackEveryMs;
    socket.on("message", (data: Buffer) => this.#handle(JSON.parse(data.toString()) as Record<string, unknown>));
    socket.on("close", (code: number) => {
      clearTimeout(this.#ackTimer);
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`the connection was closed (${code}) before the answer came`));
      }
      this.#waiting.clear();
      this.onClosed(code);
    });
    socket.on("error", () => undefined);
  }

  /** Resolves when the hello was accepted. */
  static async connect(options: LoadClientOptions): Promise<LoadClient> {
    const {
      wsUrl,
      meshId,
      member,
      session = createMember(),
      isLegacy = false,
      ackEveryMs = isLegacy ? 0 : 20,
    } = options;
    const socket = new WebSocket(wsUrl, { perMessageDeflate: false, skipUTF8Validation: true });
    let raw: Socket | undefined;
    socket.once("upgrade", (response) => (raw = response.socket));
    await once(socket, "open");
    if (raw === undefined) throw new Error("the connection has no socket");
    const client = new LoadClient(socket, raw, session, ackEveryMs);
    options.prepare?.(client);
    const timestamp = nextTimestamp();
    const { memberId, pubkey, privateKey } = member;
    const ack = await client.request("hello", {
      meshId,
      memberId,
      pubkey,
      timestamp,
      signature: signText(privateKey, `${meshId}|${memberId}|${pubkey}|${timestamp}`),
      sessionPubkey: session.pubkey,
      sessionProof: signText(
        session.privateKey,
        `parlatory-session|${meshId}|${pubkey}|${session.pubkey}|${timestamp}`,
      ),
      ...(isLegacy ? {} : { capabilities: options.capabilities ?? ["client_ack", "pull"] }),
      ...(options.groups === undefined ? {} : { groups: options.groups }),
    });
    if (ack["type"] !== "hello_ack") throw new Error(`the hello was refused: ${JSON.stringify(ack)}`);
    return client;
  }

  /** Sends a body and does not wait. `id` comes back in the ack. */
  send(targetSpec: string, ciphertext: string, id: string, clientMessageId?: string): void {
    this.write({
      type: "send",
      id,
      targetSpec,
      nonce: NONCE,
      ciphertext,
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    });
  }

  async request(type: string, fields: Record<string, unknown>): Promise<Record<string, unknown>> {
    const number = this.#nextRequest++;
    const answered = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(number, answered);
    this.write({ type, _reqId: number, ...fields });
    return answered.promise;
  }

  write(frame: Record<string, unknown>): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#raw.cork();
      setImmediate(() => {
        this.#isCorked = false;
        this.#raw.uncork();
      });
    }
    this.#socket.send(JSON.stringify(frame));
  }

  /** Bytes written and not yet taken by the system. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  acknowledgeNow(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    if (this.#lastOffered === "") return;
    this.write({ type: "client_ack", upTo: this.#lastOffered });
    this.#lastOffered = "";
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, "close");
    this.#socket.close(1000, "bye");
    await closed;
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #handle(frame: Record<string, unknown>): void {
    const type = frame["type"];
    if (type === "push") {
      const push = frame as unknown as Push;
      this.#lastOffered = push.messageId;
      if (this.#ackEveryMs > 0) this.#ackTimer ??= setTimeout(() => this.acknowledgeNow(), this.#ackEveryMs);
      this.onPush(push);
      return;
    }
    const number = frame["_reqId"];
    const waiting = typeof number === "number" ? this.#waiting.get(number) : undefined;
    if (waiting !== undefined) {
      this.#waiting.delete(number as number);
      waiting.resolve(frame);
      return;
    }
    if (type === "ack") this.onAck(frame as unknown as Ack);
  }
}

export function signText(privateKey: KeyObject, text: string): string {
  return sign(null, Buffer.from(text), privateKey).toString("hex");
}

/** A body of the size the gates are stated for, different for each number. */
export function createBody(number: number, bytes = 256): string {
  const body = Buffer.alloc(bytes, 0x61);
  body.write(String(number));
  return body.toString("base64");
}
