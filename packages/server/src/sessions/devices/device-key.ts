import { hash, timingSafeEqual } from "node:crypto";
import type { RandomBytes } from "../../ports.ts";

const KEY_BYTES = 32;
const KEY_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** 32 random bytes in unpadded base64url ([AUTH-1]). */
export function makeDeviceKey(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(KEY_BYTES)).toString("base64url");
}

export function isDeviceKey(text: string): boolean {
  return KEY_PATTERN.test(text);
}

/** The form in which keys are kept and compared: hex SHA-256. */
export function digestOf(secret: string): string {
  return hash("sha256", secret, "hex");
}

/**
 * Which of the digests the key has; every one is compared, in constant time, and a key that is missing takes the work of
 * one that is wrong ([AUTH-3]).
 */
export function matchKey<Holder extends { readonly keyHash: string }>(
  key: string | undefined,
  holders: readonly Holder[],
): Holder | undefined {
  const digest = hash("sha256", key ?? "", "buffer");
  let match: Holder | undefined;
  for (const holder of holders) {
    if (timingSafeEqual(digest, Buffer.from(holder.keyHash, "hex"))) match = holder;
  }
  return key === undefined ? undefined : match;
}
