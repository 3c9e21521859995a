import {
  createECDH,
  createHmac,
  createDecipheriv,
  createPublicKey,
  hkdfSync,
  randomBytes,
  verify,
  type ECDH,
} from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedPush {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A real HTTP server that takes what is pushed to it and answers as told. */
export class PushReceiver {
  readonly received: ReceivedPush[] = [];
  /** Statuses of the next answers, in order; then 200. `hang` answers never. */
  readonly answers: (number | "hang" | "reset")[] = [];
  /** Sent with every answer. */
  headers: Record<string, string> = {};
  readonly #server: Server;
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { url: path = "", method = "", headers } = request;
        this.received.push({ path, method, headers, body: Buffer.concat(chunks) });
        const answer = this.answers.shift() ?? 200;
        if (answer === "reset") request.socket.destroy();
        else if (answer !== "hang") response.writeHead(answer, this.headers).end("the rest of the answer");
        for (const { count, resolve } of this.#waiting) if (this.received.length >= count) resolve();
      });
    });
  }

  static async start(): Promise<PushReceiver> {
    const receiver = new PushReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when so many requests have come since the start. */
  async count(count: number): Promise<void> {
    if (this.received.length < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  get bodies(): Record<string, unknown>[] {
    return this.received.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What a browser does with a push: it has the keys of the subscription, and decrypts (RFC 8291, RFC 8188). */
export class TestBrowser {
  readonly #curve: ECDH = createECDH("prime256v1");
  readonly #auth = randomBytes(16);

  constructor() {
    this.#curve.generateKeys();
  }

  get keys(): { p256dh: string; auth: string } {
    return { p256dh: this.#curve.getPublicKey("base64url"), auth: this.#auth.toString("base64url") };
  }

  decrypt(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const keyLength = body.readUInt8(20);
    const sender = body.subarray(21, 21 + keyLength);
    const encrypted = body.subarray(21 + keyLength);
    const own = this.#curve.getPublicKey();
    const shared = this.#curve.computeSecret(sender);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), own, sender]);
    const secret = Buffer.from(hkdfSync("sha256", shared, this.#auth, info, 32));
    const key = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: aes128gcm\0", 16));
    const nonce = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: nonce\0", 12));
    const decipher = createDecipheriv("aes-128-gcm", key, nonce);
    decipher.setAuthTag(encrypted.subarray(-16));
    const padded = Buffer.concat([decipher.update(encrypted.subarray(0, -16)), decipher.final()]);
    // The text ends at the last byte that is not padding: 2 marks the last record.
    return padded.subarray(0, padded.lastIndexOf(2)).toString();
  }
}

/** The claims of the token in a VAPID header, after its signature was checked with the key it names (RFC 8292). */
export function readVapid(header: string | undefined): { key: string; claims: Record<string, unknown> } {
  const [, token = "", key = ""] = /^vapid t=([^,]+), ?k=(.+)$/.exec(header ?? "") ?? [];
  const [head = "", claims = "", signature = ""] = token.split(".");
  const point = Buffer.from(key, "base64url");
  const publicKey = createPublicKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    },
  });
  const isValid = verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!isValid) throw new Error("the VAPID token is not signed by the key it names");
  return { key, claims: JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown> };
}

export function hmacOf(body: Buffer, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
