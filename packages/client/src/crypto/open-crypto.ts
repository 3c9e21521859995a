import { createDirectBox, type DirectBox } from "./box.ts";
import { createGroupBox, type GroupBox } from "./group-box.ts";
import { createInviteTools, type InviteTools } from "./invite.ts";
import { createKeyTools, type KeyTools, type RandomBytes } from "./keys.ts";
import { encodePlaintextBody } from "./plaintext-body.ts";
import type { SealedText } from "./sealed-text.ts";
import { createSignatures, type Signatures } from "./signatures.ts";
import { loadSodium } from "./sodium.ts";

export interface MeshCrypto extends KeyTools, DirectBox, GroupBox, Signatures, InviteTools {
  /** The body of a multicast with `enc:"none"` ([CRYPTO-5]). */
  encodePlaintext(text: string): SealedText;
}

export interface CryptoOptions {
  /** Source of nonces and seeds; libsodium's own unless given. Must be a cryptographic one outside of tests. */
  randomBytes?: RandomBytes | undefined;
  /** Shared keys of direct messages kept, default 1,024. */
  maxSharedKeys?: number | undefined;
  /** Group keys kept, default 256. */
  maxGroupKeys?: number | undefined;
}

/** Waits for libsodium once and gives everything built on it as plain synchronous functions. Nothing to close. */
export async function openCrypto(options: CryptoOptions = {}): Promise<MeshCrypto> {
  const sodium = await loadSodium();
  const randomBytes = options.randomBytes ?? ((count) => sodium.randombytes_buf(count));
  const keys = createKeyTools(sodium, randomBytes);
  const signatures = createSignatures(sodium);
  return {
    ...keys,
    ...signatures,
    ...createDirectBox(sodium, keys, randomBytes, options.maxSharedKeys ?? 1_024),
    ...createGroupBox(sodium, randomBytes, options.maxGroupKeys ?? 256),
    ...createInviteTools(signatures),
    encodePlaintext: (text) => encodePlaintextBody(text, randomBytes),
  };
}
