import type { Capability } from "@parlatory/protocol";
import { parseRootKey } from "../crypto/group-box.ts";
import { publicKeyOf, type KeyPair, type SecretKey } from "../crypto/keys.ts";
import type { MeshCrypto } from "../crypto/open-crypto.ts";
import type { MeshClientOptions, MeshEntry } from "../mesh-client-options.ts";

/** Who this client is, with its keys checked. */
export interface Identity {
  crypto: MeshCrypto;
  mesh: MeshEntry;
  member: KeyPair;
  session: KeyPair | undefined;
  /** What messages are sealed and signed with: the session key if there is one, else the member key. */
  own: KeyPair;
  /** Known only when it can be used. */
  rootKey: string | undefined;
  capabilities: readonly Capability[];
}

export type IdentityResult = { ok: true; identity: Identity } | { ok: false; message: string };

const SESSION_CAPABILITIES: readonly Capability[] = [
  "client_ack",
  "pull",
  "receipts",
  "state_watch",
  "peer_events",
  "group_box",
];
const CONTROL_CAPABILITIES: readonly Capability[] = ["client_ack", "pull", "receipts"];

/** Checks the keys of the options and makes a session key where one is wanted and none was given. */
export function createIdentity(options: MeshClientOptions, crypto: MeshCrypto): IdentityResult {
  const { mesh } = options;
  const isControl = options.presence === "control";
  const member = pairOf(crypto, mesh.secretKey, mesh.pubkey);
  if (member === undefined) {
    return {
      ok: false,
      message: `the member key of mesh '${mesh.slug}' is damaged: its halves do not belong together`,
    };
  }
  let session: KeyPair | undefined;
  if (!isControl) {
    const given = options.sessionKey;
    session = given === undefined ? crypto.generateKeyPair() : pairOf(crypto, given.secretKey, given.publicKey);
    if (session === undefined) {
      return { ok: false, message: "the session key is damaged: its halves do not belong together" };
    }
  }
  const rootKey = mesh.rootKey !== undefined && parseRootKey(mesh.rootKey) !== undefined ? mesh.rootKey : undefined;
  const asked = options.capabilities ?? (isControl ? CONTROL_CAPABILITIES : SESSION_CAPABILITIES);
  const capabilities = asked.filter((name) => name !== "group_box" || rootKey !== undefined);
  return { ok: true, identity: { crypto, mesh, member, session, own: session ?? member, rootKey, capabilities } };
}

function pairOf(crypto: MeshCrypto, secretText: string, publicText: string): KeyPair | undefined {
  const secretKey: SecretKey | undefined = crypto.parseSecretKey(secretText);
  if (secretKey === undefined) return undefined;
  const publicKey = publicKeyOf(secretKey);
  return publicKey === publicText ? { publicKey, secretKey } : undefined;
}
