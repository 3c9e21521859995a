import { atob, btoa } from "./web-platform.ts";

/** Characters given to `String.fromCharCode` at once: below every engine's limit of arguments. */
const CHUNK = 8_192;

const NOT_URL_SAFE = /[^A-Za-z0-9_-]/;

/** Encodes bytes as standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(binary);
}

/** Decodes standard base64 with padding; `undefined` for every text that `encodeBase64` could not have made. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  // atob forgives blanks, missing padding and stray bits; two texts for one body would defeat comparing texts.
  if (btoa(binary) !== text) return undefined;
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Encodes bytes as URL-safe base64 without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Decodes URL-safe base64 without padding; `undefined` for every text that `encodeBase64Url` could not have made. */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (NOT_URL_SAFE.test(text)) return undefined;
  const padding = "=".repeat((4 - (text.length % 4)) % 4);
  return decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/") + padding);
}
