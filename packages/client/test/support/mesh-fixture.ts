import { afterEach } from "vitest";
import { encodeBase64 } from "@parlatory/protocol";
import { openCrypto, type MeshCrypto } from "../../src/crypto/open-crypto.ts";
import type { KeyPair } from "../../src/crypto/keys.ts";
import { MeshClient } from "../../src/mesh-client.ts";
import type { MeshClientEvents } from "../../src/mesh-client-events.ts";
import type { MeshClientOptions } from "../../src/mesh-client-options.ts";
import type { IncomingMessage } from "../../src/receiving/incoming-message.ts";
import { createNodePlatform } from "../../src/node/node-platform.ts";
import { ManualClock } from "./manual-clock.ts";
import { ScriptedBroker, type ScriptedConnection } from "./scripted-broker.ts";

export const crypto: MeshCrypto = await openCrypto();
export const MESH_ID = "mesh-1";
export const ROOT_KEY = "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU";

export const memberKey: KeyPair = crypto.generateKeyPair();
export const sessionKey: KeyPair = crypto.generateKeyPair();
export const otherKey: KeyPair = crypto.generateKeyPair();

type Changes = Partial<MeshClientOptions> & { rootKey?: string | undefined };

export interface Fixture {
  broker: ScriptedBroker;
  clock: ManualClock;
  client: MeshClient;
  /** Random bytes are this: 128 puts the reconnect delay in the middle of its range. */
  random: { byte: number };
}

const toClose: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

/** Has something closed at the end of the test. */
export function closeLater(close: () => Promise<void>): void {
  toClose.push(close);
}

/** A scripted broker and a client with a clock in the test's hand; the client is not connected yet. */
export async function openFixture(changes: Changes = {}): Promise<Fixture> {
  const broker = await ScriptedBroker.start();
  closeLater(() => broker.stop());
  const clock = new ManualClock();
  const random = { byte: 128 };
  return { broker, clock, random, client: createClient(broker.url, clock, changes, random) };
}

export function createClient(
  brokerUrl: string,
  clock: ManualClock,
  changes: Changes = {},
  random = { byte: 128 },
): MeshClient {
  const { rootKey = ROOT_KEY, ...options } = changes;
  const node = createNodePlatform();
  const client = new MeshClient({
    mesh: {
      meshId: MESH_ID,
      memberId: "member-1",
      slug: "demo",
      pubkey: memberKey.publicKey,
      secretKey: memberKey.secretKey,
      brokerUrl,
      ...(rootKey === "" ? {} : { rootKey }),
    },
    // Two bytes are the jitter; everything longer must differ from client to client.
    platform: {
      ...node,
      clock,
      randomBytes: (count) => (count === 2 ? new Uint8Array([random.byte, 0]) : node.randomBytes(count)),
    },
    crypto,
    sessionKey,
    ...options,
  });
  closeLater(async () => {
    const closed = client.close();
    clock.advance(2_000);
    await closed;
  });
  return client;
}

/** Connects and accepts the hello. */
export async function connected(fixture: Fixture, hello: object = {}): Promise<ScriptedConnection> {
  fixture.client.connect();
  const connection = await fixture.broker.nextConnection();
  const ready = eventOf(fixture.client, "ready");
  await connection.accept(hello);
  await ready;
  return connection;
}

/** The next event of a kind, as far as `fits` allows. */
export function eventOf<Event extends keyof MeshClientEvents>(
  client: MeshClient,
  event: Event,
  fits: (value: MeshClientEvents[Event]) => boolean = () => true,
): Promise<MeshClientEvents[Event]> {
  return new Promise((resolve) => {
    const stop = client.on(event, (value) => {
      if (!fits(value)) return;
      stop();
      resolve(value);
    });
  });
}

/** What a promise rejects with; listens from now on, so that nothing is unhandled meanwhile. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was expected to fail");
}

/** Collects messages as they are handed over. */
export function collect(client: MeshClient): IncomingMessage[] {
  const messages: IncomingMessage[] = [];
  client.on("message", (message) => messages.push(message));
  return messages;
}

let pushes = 0;

/** A direct push from `otherKey` to the session, as the broker would write it. */
export function directPush(
  text: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> & { messageId: string } {
  const sealed = crypto.sealDirect({
    text,
    recipientPubkey: sessionKey.publicKey,
    senderSecretKey: otherKey.secretKey,
  });
  if (!sealed.ok) throw new Error("a fresh key must take a box");
  return push({
    kind: "direct",
    enc: "box",
    targetSpec: sessionKey.publicKey,
    nonce: sealed.nonce,
    ciphertext: sealed.ciphertext,
    ...changes,
  });
}

/** A plaintext multicast push, unsigned. */
export function plainPush(
  text: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> & { messageId: string } {
  const nonce = encodeBase64(new Uint8Array(24));
  return push({
    kind: "broadcast",
    enc: "none",
    targetSpec: "*",
    nonce,
    ciphertext: encodeBase64(new TextEncoder().encode(text)),
    ...changes,
  });
}

function push(fields: Record<string, unknown>): Record<string, unknown> & { messageId: string } {
  return {
    type: "push",
    messageId: `message-${++pushes}`,
    meshId: MESH_ID,
    senderPubkey: otherKey.publicKey,
    senderMemberPubkey: otherKey.publicKey,
    senderName: "other",
    priority: "next",
    createdAt: "2026-01-02T03:04:05.678Z",
    sentAt: "2026-01-02T03:04:05.000Z",
    ...fields,
  };
}
