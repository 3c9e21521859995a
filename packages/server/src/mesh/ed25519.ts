import { createPublicKey, verify, type KeyObject } from "node:crypto";

const MAX_CACHED_KEYS = 4_096;
const keys = new Map<string, KeyObject | undefined>();

function keyObject(publicKeyHex: string): KeyObject | undefined {
  if (keys.has(publicKeyHex)) return keys.get(publicKeyHex);
  let key: KeyObject | undefined;
  try {
    // A fifth faster to read than DER.
    const x = Buffer.from(publicKeyHex, "hex").toString("base64url");
    key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    // Not a key: every signature by it is wrong.
    key = undefined;
  }
  if (keys.size >= MAX_CACHED_KEYS) {
    const oldest = keys.keys().next().value;
    if (oldest !== undefined) keys.delete(oldest);
  }
  keys.set(publicKeyHex, key);
  return key;
}

/** Verifies an ed25519 signature (hex128) by a public key (hex64) over UTF-8 text; false for anything ill-formed. */
export function verifyEd25519(publicKeyHex: string, text: string, signatureHex: string): boolean {
  const key = keyObject(publicKeyHex);
  if (key === undefined) return false;
  try {
    return verify(null, Buffer.from(text, "utf8"), key, Buffer.from(signatureHex, "hex"));
  } catch {
    return false;
  }
}
