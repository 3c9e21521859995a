import sodium from "libsodium-wrappers";
import { WebSocket } from "ws";
import type { MeshEntry } from "../../src/mesh-client-options.ts";
import { closeLater } from "./mesh-fixture.ts";

type Frame = Record<string, unknown> & { type: string };

/**
 * A claudemesh 0.3 client, written down from the wire and from libsodium alone, so that it shares no line with ours: a
 * hello without capabilities and without proof, `crypto_box` for direct messages, base64 of the text for multicasts.
 */
export class LegacyClient {
  readonly pubkey: string;
  readonly #secretKey: Uint8Array;
  readonly #socket: WebSocket;
  readonly #frames: Frame[] = [];
  #wake: (() => void)[] = [];

  private constructor(socket: WebSocket, session: { publicKey: Uint8Array; privateKey: Uint8Array }) {
    this.#socket = socket;
    this.pubkey = sodium.to_hex(session.publicKey);
    this.#secretKey = session.privateKey;
    socket.on("message", (data: Buffer) => {
      this.#frames.push(JSON.parse(data.toString("utf8")) as Frame);
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  /** Connects as this member; closed at the end of the test. */
  static async connect(mesh: MeshEntry, displayName: string, groups: readonly string[] = []): Promise<LegacyClient> {
    await sodium.ready;
    const socket = new WebSocket(mesh.brokerUrl);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const client = new LegacyClient(socket, sodium.crypto_sign_keypair());
    closeLater(async () => {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.close();
      await closed;
    });
    const timestamp = Date.now();
    const signed = `${mesh.meshId}|${mesh.memberId}|${mesh.pubkey}|${timestamp}`;
    client.#send({
      type: "hello",
      meshId: mesh.meshId,
      memberId: mesh.memberId,
      pubkey: mesh.pubkey,
      sessionPubkey: client.pubkey,
      sessionId: "legacy-1",
      displayName,
      groups: groups.map((name) => ({ name })),
      pid: 1,
      cwd: "/work",
      timestamp,
      signature: sodium.to_hex(sodium.crypto_sign_detached(signed, sodium.from_hex(mesh.secretKey))),
    });
    await client.next("hello_ack");
    return client;
  }

  /** Seals a text for a key and sends it; gives the answer. */
  sendDirect(recipient: string, text: string): Promise<Frame> {
    const nonce = sodium.randombytes_buf(sodium.crypto_box_NONCEBYTES);
    const box = sodium.crypto_box_easy(
      text,
      nonce,
      sodium.crypto_sign_ed25519_pk_to_curve25519(sodium.from_hex(recipient)),
      sodium.crypto_sign_ed25519_sk_to_curve25519(this.#secretKey),
    );
    return this.#sendBody(recipient, nonce, box);
  }

  /** Sends a text to a group or everybody, as it is. */
  sendMulticast(targetSpec: string, text: string): Promise<Frame> {
    return this.#sendBody(targetSpec, sodium.randombytes_buf(24), sodium.from_string(text));
  }

  /** The text of a direct push; raises when the box does not open. */
  open(push: Frame): string {
    const opened = sodium.crypto_box_open_easy(
      fromBase64(push["ciphertext"]),
      fromBase64(push["nonce"]),
      sodium.crypto_sign_ed25519_pk_to_curve25519(sodium.from_hex(String(push["senderPubkey"]))),
      sodium.crypto_sign_ed25519_sk_to_curve25519(this.#secretKey),
    );
    return sodium.to_string(opened);
  }

  /** Takes the next frame of this type. */
  async next(type: string): Promise<Frame> {
    for (;;) {
      const at = this.#frames.findIndex((frame) => frame.type === type);
      const [frame] = at < 0 ? [] : this.#frames.splice(at, 1);
      if (frame !== undefined) return frame;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Frames of this type that were not taken yet. */
  waiting(type: string): Frame[] {
    return this.#frames.filter((frame) => frame.type === type);
  }

  /** Asks who is here: everything the broker wrote before has come. */
  async listPeers(): Promise<Frame[]> {
    this.#send({ type: "list_peers" });
    return (await this.next("peers_list"))["peers"] as Frame[];
  }

  async #sendBody(targetSpec: string, nonce: Uint8Array, body: Uint8Array): Promise<Frame> {
    const id = sodium.to_hex(sodium.randombytes_buf(8));
    const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
    const frame = { type: "send", id, targetSpec, priority: "next", nonce: base64(nonce), ciphertext: base64(body) };
    this.#send(frame);
    for (;;) {
      const answer = this.#frames.findIndex((other) => other["id"] === id);
      const [found] = answer < 0 ? [] : this.#frames.splice(answer, 1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

/** The text of a plaintext multicast push. */
export function plainTextOf(push: Frame): string {
  return Buffer.from(fromBase64(push["ciphertext"])).toString("utf8");
}

function fromBase64(text: unknown): Uint8Array {
  return Buffer.from(String(text), "base64");
}
