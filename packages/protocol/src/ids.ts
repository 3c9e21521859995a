/** Ids are branded strings, so that a member id can never be passed where a message id is meant. */
type Brand<Name extends string> = string & { readonly __brand: Name };

export type MeshId = Brand<"MeshId">;
export type MemberId = Brand<"MemberId">;
export type PresenceId = Brand<"PresenceId">;
export type MessageId = Brand<"MessageId">;
export type MemoryId = Brand<"MemoryId">;
export type InviteId = Brand<"InviteId">;
export type TokenId = Brand<"TokenId">;
export type BrokerId = Brand<"BrokerId">;

/** 64 lowercase hex characters: an ed25519 public key. */
export type PublicKey = Brand<"PublicKey">;

/** Ids made by the broker. */
export const BROKER_ID_PATTERN = /^[0-9A-Za-z_-]{8,64}$/;
export const MEMORY_ID_PATTERN = /^[0-9a-z]{20}$/;
export const HEX64_PATTERN = /^[0-9a-f]{64}$/;
export const HEX128_PATTERN = /^[0-9a-f]{128}$/;
export const MESH_SLUG_PATTERN = /^[a-z0-9-]{2,40}$/;

/** Tells whether a text is a public key as it appears on the wire. */
export function isPublicKey(text: string): text is PublicKey {
  return HEX64_PATTERN.test(text);
}

const TIME_CHARS = 9;
const RANDOM_CHARS = 11;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
/** Scratch space and the last time in text: an id is made for every message. */
const randomCodes: number[] = Array.from({ length: RANDOM_CHARS }, () => 0);
const lastTime = { ms: Number.NaN, text: "" };

/**
 * Makes a 20-character id whose text order is its time order, so that the indexes it lands in grow at one end.
 * `randomBytes` must give at least `count` bytes from a cryptographic source.
 */
export function createTimeOrderedId(nowMs: number, randomBytes: (count: number) => Uint8Array): string {
  const bytes = randomBytes(RANDOM_CHARS);
  if (nowMs !== lastTime.ms) {
    lastTime.ms = nowMs;
    lastTime.text = Math.max(0, Math.floor(nowMs)).toString(36).padStart(TIME_CHARS, "0").slice(-TIME_CHARS);
  }
  // 256 is not a multiple of 36: the slight bias costs less than half a bit over the eleven characters.
  for (let i = 0; i < RANDOM_CHARS; i++) randomCodes[i] = DIGITS.charCodeAt((bytes[i] ?? 0) % 36);
  return lastTime.text + String.fromCharCode(...randomCodes);
}
