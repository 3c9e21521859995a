import { encodeBase64, isPublicKey } from "@parlatory/protocol";
import type { KeyTools, RandomBytes, SecretKey } from "./keys.ts";
import { LruMap, type CacheStats } from "./lru-map.ts";
import { NONCE_BYTES, decodeSealed, decodeText, encodeText, type SealedText } from "./sealed-text.ts";
import type { Sodium } from "./sodium.ts";

export type SealDirectResult = ({ ok: true } & SealedText) | { ok: false; reason: "undeliverable" };
export type OpenDirectResult =
  | { ok: true; text: string; openedWith: "session" | "member" }
  | { ok: false; reason: "undecryptable" };

export interface SealDirectInput {
  text: string;
  recipientPubkey: string;
  /** The session's secret key if it has one, else the member's. */
  senderSecretKey: SecretKey;
}

export interface OpenDirectInput extends SealedText {
  senderPubkey: string;
  sessionSecretKey?: SecretKey | undefined;
  memberSecretKey: SecretKey;
}

export interface DirectBox {
  /** Seals a text for one key; a key nothing can be encrypted to is `undeliverable`, never thrown ([CRYPTO-1]). */
  sealDirect(input: SealDirectInput): SealDirectResult;
  /** Opens a direct message with the session secret, then with the member secret; never throws on input ([CRYPTO-2]). */
  openDirect(input: OpenDirectInput): OpenDirectResult;
  /** Counters of the cache of shared keys. */
  sharedKeyStats(): CacheStats;
}

/** A shared key, or the remembered fact that there is none. */
type SharedKey = Uint8Array | "none";

/** `maxSharedKeys`: how many (own key, other key) pairs keep their shared key; the one unused for longest goes first. */
export function createDirectBox(
  sodium: Sodium,
  keys: KeyTools,
  randomBytes: RandomBytes,
  maxSharedKeys: number,
): DirectBox {
  const sharedKeys = new LruMap<SharedKey>(maxSharedKeys);

  function sharedKey(otherPubkey: string, ownSecretKey: SecretKey): SharedKey {
    // What is no key at all is not remembered: its length is the sender's choice.
    if (!isPublicKey(otherPubkey)) return "none";
    return sharedKeys.getOrMake(`${otherPubkey}${ownSecretKey}`, () => {
      const other = keys.toX25519Public(otherPubkey);
      if (!other.ok) return "none";
      const own = keys.toX25519Secret(ownSecretKey);
      try {
        return sodium.crypto_box_beforenm(other.key, own);
      } catch {
        // A product of zero: the other key is one nobody can hold.
        return "none";
      } finally {
        sodium.memzero(own);
      }
    });
  }

  return {
    sealDirect({ text, recipientPubkey, senderSecretKey }) {
      const shared = sharedKey(recipientPubkey, senderSecretKey);
      if (shared === "none") return { ok: false, reason: "undeliverable" };
      const nonce = randomBytes(NONCE_BYTES);
      const ciphertext = sodium.crypto_box_easy_afternm(encodeText(text), nonce, shared);
      return { ok: true, nonce: encodeBase64(nonce), ciphertext: encodeBase64(ciphertext) };
    },

    openDirect(input) {
      const sealed = decodeSealed(input);
      if (sealed === undefined) return { ok: false, reason: "undecryptable" };
      const attempts = [
        ["session", input.sessionSecretKey],
        ["member", input.memberSecretKey],
      ] as const;
      for (const [openedWith, secretKey] of attempts) {
        if (secretKey === undefined) continue;
        const shared = sharedKey(input.senderPubkey, secretKey);
        if (shared === "none") continue;
        const bytes = tryOpen(sealed.ciphertext, sealed.nonce, shared);
        if (bytes !== undefined) return { ok: true, text: decodeText(bytes), openedWith };
      }
      return { ok: false, reason: "undecryptable" };
    },

    sharedKeyStats: () => sharedKeys.stats(),
  };

  function tryOpen(ciphertext: Uint8Array, nonce: Uint8Array, shared: Uint8Array): Uint8Array | undefined {
    if (ciphertext.length < sodium.crypto_box_MACBYTES) return undefined;
    try {
      return sodium.crypto_box_open_easy_afternm(ciphertext, nonce, shared);
    } catch {
      // libsodium's only report of a box that is not ours or was changed.
      return undefined;
    }
  }
}
