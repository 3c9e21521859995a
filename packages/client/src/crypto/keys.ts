import { bytesToHex } from "@noble/hashes/utils.js";
import { HEX128_PATTERN, encodeBase64Url, invariant, isPublicKey, type PublicKey } from "@parlatory/protocol";
import type { Sodium } from "./sodium.ts";

/** 128 lowercase hex characters: an ed25519 seed followed by its public key. Never logged, never in an address. */
export type SecretKey = string & { readonly __brand: "SecretKey" };

export interface KeyPair {
  publicKey: PublicKey;
  secretKey: SecretKey;
}

export type RandomBytes = (count: number) => Uint8Array;

/** A key converted for encryption, or the reason why nothing can be encrypted to it ([CRYPTO-1]). */
export type X25519Result = { ok: true; key: Uint8Array } | { ok: false; reason: "unconvertible_key" };

export interface KeyTools {
  /** Makes a fresh ed25519 key pair. */
  generateKeyPair(): KeyPair;
  /** Makes the ed25519 key pair of a 32-byte seed. */
  keyPairFromSeed(seed: Uint8Array): KeyPair;
  /** Reads a stored secret key; `undefined` when it is not hex128 or its two halves do not belong together. */
  parseSecretKey(text: string): SecretKey | undefined;
  /** Makes a mesh root key: 32 random bytes as b64url ([CRYPTO-6]). */
  generateRootKey(): string;
  /** Converts a public key to X25519; whatever the text, a failure is a value ([CRYPTO-1]). */
  toX25519Public(publicKey: string): X25519Result;
  /** Converts a secret key to X25519 ([CRYPTO-1]). */
  toX25519Secret(secretKey: SecretKey): Uint8Array;
}

const SEED_BYTES = 32;

export function createKeyTools(sodium: Sodium, randomBytes: RandomBytes): KeyTools {
  function keyPairFromSeed(seed: Uint8Array): KeyPair {
    invariant(seed.length === SEED_BYTES, `a key seed has ${SEED_BYTES} bytes, this one has ${seed.length}`);
    const pair = sodium.crypto_sign_seed_keypair(seed);
    const publicKey = encodeHex(pair.publicKey);
    invariant(isPublicKey(publicKey), "libsodium made a public key that is not 32 bytes long");
    return { publicKey, secretKey: encodeHex(pair.privateKey) as SecretKey };
  }

  return {
    generateKeyPair: () => keyPairFromSeed(randomBytes(SEED_BYTES)),
    keyPairFromSeed,
    parseSecretKey(text) {
      if (!HEX128_PATTERN.test(text)) return undefined;
      const seed = decodeHex(text)?.subarray(0, SEED_BYTES);
      return seed !== undefined && keyPairFromSeed(seed).secretKey === text ? (text as SecretKey) : undefined;
    },
    generateRootKey: () => encodeBase64Url(randomBytes(SEED_BYTES)),
    toX25519Public(publicKey) {
      const bytes = isPublicKey(publicKey) ? decodeHex(publicKey) : undefined;
      if (bytes === undefined) return { ok: false, reason: "unconvertible_key" };
      try {
        return { ok: true, key: sodium.crypto_sign_ed25519_pk_to_curve25519(bytes) };
      } catch {
        // libsodium's only report of a point that is off the curve or of small order.
        return { ok: false, reason: "unconvertible_key" };
      }
    },
    toX25519Secret: (secretKey) => sodium.crypto_sign_ed25519_sk_to_curve25519(secretKeyBytes(secretKey)),
  };
}

/** The public half of a secret key. */
export function publicKeyOf(secretKey: SecretKey): PublicKey {
  return secretKey.slice(64) as PublicKey;
}

/** The 64 bytes of a secret key. */
export function secretKeyBytes(secretKey: SecretKey): Uint8Array {
  const bytes = decodeHex(secretKey);
  invariant(
    bytes !== undefined && bytes.length === 64,
    "a secret key must be 128 lowercase hex characters; read it with parseSecretKey",
  );
  return bytes;
}

/** Encodes bytes as lowercase hex. */
export function encodeHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** Decodes lowercase hex; `undefined` for anything else, upper case included: keys are compared as text. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = hexDigit(text, 2 * i) * 16 + hexDigit(text, 2 * i + 1);
  return bytes;
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 58 ? code - 48 : code - 87;
}
