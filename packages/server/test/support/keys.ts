import { createPrivateKey, createPublicKey, hash, sign, type KeyObject } from "node:crypto";
import {
  encodeBase64Url,
  encodeInviteToken,
  inviteString,
  joinSecretInput,
  ownerHeader,
  ownerRequestString,
  type PublicKey,
  type UnsignedInvite,
} from "@parlatory/protocol";

export interface TestKey {
  pubkey: PublicKey;
  sign(text: string): string;
}

/** The ed25519 key pair of a seed of 32 equal bytes. */
export function testKey(byte: number): TestKey {
  return keyOfSeed(Buffer.alloc(32, byte));
}

/** A key pair for each number, as many as a test wants. */
export function numberedKey(number: number): TestKey {
  return keyOfSeed(hash("sha256", `key ${number}`, "buffer"));
}

function keyOfSeed(seed: Buffer): TestKey {
  const secret: KeyObject = createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  return {
    pubkey: spki.subarray(-32).toString("hex") as PublicKey,
    sign: (text) => sign(null, Buffer.from(text), secret).toString("hex"),
  };
}

/** A signed invite token with what a broker and a joiner derive from it. */
export function makeInvite(
  owner: TestKey,
  fields: Pick<UnsignedInvite, "mesh_id"> & Partial<UnsignedInvite>,
): { token: string; joinSecret: string; tokenHash: string } {
  const invite: UnsignedInvite = {
    mesh_slug: "demo",
    broker_url: "ws://127.0.0.1:7900/ws",
    expires_at: 4_000_000_000,
    mesh_root_key: encodeBase64Url(Buffer.alloc(32, 5)),
    role: "member",
    owner_pubkey: owner.pubkey,
    ...fields,
  };
  const token = encodeInviteToken({ ...invite, signature: owner.sign(inviteString(invite)) });
  const joinSecret = hash("sha256", joinSecretInput(token), "hex");
  return { token, joinSecret, tokenHash: hash("sha256", joinSecret, "hex") };
}

/** Value of the `Parl-Owner` header for a request. */
export function signOwnerRequest(
  owner: TestKey,
  request: { method: string; path: string; body?: string; timestamp: number },
): string {
  const bodyHash = hash("sha256", request.body ?? "", "hex");
  const { method, path, timestamp } = request;
  return ownerHeader(timestamp, owner.sign(ownerRequestString({ method, path, bodyHash, timestamp })));
}
