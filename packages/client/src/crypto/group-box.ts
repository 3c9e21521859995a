import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { decodeBase64Url, encodeBase64, groupKeyInfo } from "@parlatory/protocol";
import type { RandomBytes } from "./keys.ts";
import { LruMap, type CacheStats } from "./lru-map.ts";
import { NONCE_BYTES, decodeSealed, decodeText, encodeText, type SealedText } from "./sealed-text.ts";
import type { Sodium } from "./sodium.ts";

export type SealGroupResult = ({ ok: true } & SealedText) | { ok: false; reason: "no_root_key" };
export type OpenGroupResult = { ok: true; text: string } | { ok: false; reason: "no_root_key" | "undecryptable" };

/** `rootKey`: b64url as in invite and config; the only ones that can be used decode to 32 bytes. */
export interface GroupKeySource {
  targetSpec: string;
  rootKey: string | undefined;
}

export interface GroupBox {
  /** Seals a multicast with the key of its target; without a 32-byte root key that is `no_root_key` ([CRYPTO-6]). */
  sealGroup(input: GroupKeySource & { text: string }): SealGroupResult;
  /** Opens a `group_box` multicast; never throws on input ([CRYPTO-6]). */
  openGroup(input: GroupKeySource & SealedText): OpenGroupResult;
  /** Counters of the cache of group keys. */
  groupKeyStats(): CacheStats;
}

const ROOT_KEY_BYTES = 32;

/** An `@` and the longest group name ([GRP-1]). */
const MAX_TARGET_CHARS = 65;

/** Reads a root key; `undefined` unless it is b64url of 32 bytes: only then does a client offer `group_box` ([CRYPTO-6]). */
export function parseRootKey(rootKey: string): Uint8Array | undefined {
  const bytes = decodeBase64Url(rootKey);
  return bytes?.length === ROOT_KEY_BYTES ? bytes : undefined;
}

/** The 32-byte key of the multicasts to one target ([CRYPTO-6]). */
export function deriveGroupKey(rootKey: Uint8Array, targetSpec: string): Uint8Array {
  return hkdf(sha256, rootKey, new Uint8Array(0), encodeText(groupKeyInfo(targetSpec)), 32);
}

/** `maxGroupKeys`: how many derived keys are kept; the one unused for longest goes first. */
export function createGroupBox(sodium: Sodium, randomBytes: RandomBytes, maxGroupKeys: number): GroupBox {
  const groupKeys = new LruMap<Uint8Array>(maxGroupKeys);

  function groupKey({ rootKey, targetSpec }: GroupKeySource): Uint8Array | undefined {
    const root = rootKey === undefined ? undefined : parseRootKey(rootKey);
    if (root === undefined) return undefined;
    // The length of what is no target is the sender's choice; it is not remembered.
    if (targetSpec.length > MAX_TARGET_CHARS) return deriveGroupKey(root, targetSpec);
    return groupKeys.getOrMake(`${rootKey}${groupKeyInfo(targetSpec)}`, () => deriveGroupKey(root, targetSpec));
  }

  return {
    sealGroup(input) {
      const key = groupKey(input);
      if (key === undefined) return { ok: false, reason: "no_root_key" };
      const nonce = randomBytes(NONCE_BYTES);
      const ciphertext = sodium.crypto_secretbox_easy(encodeText(input.text), nonce, key);
      return { ok: true, nonce: encodeBase64(nonce), ciphertext: encodeBase64(ciphertext) };
    },

    openGroup(input) {
      const key = groupKey(input);
      if (key === undefined) return { ok: false, reason: "no_root_key" };
      const sealed = decodeSealed(input);
      if (sealed === undefined || sealed.ciphertext.length < sodium.crypto_secretbox_MACBYTES) {
        return { ok: false, reason: "undecryptable" };
      }
      try {
        return { ok: true, text: decodeText(sodium.crypto_secretbox_open_easy(sealed.ciphertext, sealed.nonce, key)) };
      } catch {
        // libsodium's only report of a box that is not of this mesh or was changed.
        return { ok: false, reason: "undecryptable" };
      }
    },

    groupKeyStats: () => groupKeys.stats(),
  };
}
