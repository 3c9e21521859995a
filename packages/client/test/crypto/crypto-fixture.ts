import { createHash } from "node:crypto";
import { openCrypto, type MeshCrypto } from "../../src/crypto/open-crypto.ts";

/** The inputs of the vectors in section 12 of the contract. */
export const TIMESTAMP = 1_700_000_000_000;
export const TEXT = "hello héllo";
export const NONCE = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
export const ROOT_KEY = "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU";

export const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** Crypto whose every nonce is the one of the vectors: for reproducing them only. */
export const openVectorCrypto = (): Promise<MeshCrypto> =>
  openCrypto({ randomBytes: (count) => new Uint8Array(count).fill(7) });

/** An independent SHA-256, so that no expected value comes from the code under test. */
export const nodeSha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Changes one character of a text to another of the same alphabet. */
export function tamper(text: string, at: number, alphabet: string): string {
  const index = at % text.length;
  const now = text[index] ?? "";
  const next = alphabet[(alphabet.indexOf(now) + 1) % alphabet.length] ?? "";
  return text.slice(0, index) + next + text.slice(index + 1);
}

export const B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
export const B64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
export const HEX = "0123456789abcdef";
