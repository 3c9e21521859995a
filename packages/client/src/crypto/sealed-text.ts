import { decodeBase64 } from "@parlatory/protocol";

/** The two body fields of a message as they go over the wire, both b64. */
export interface SealedText {
  nonce: string;
  ciphertext: string;
}

export const NONCE_BYTES = 24;

const utf8Encoder = new TextEncoder();
// Not fatal: a box that opened is its sender's word even when some of its bytes are no text.
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function encodeText(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

export function decodeText(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

/** The bytes of a sealed text; `undefined` when a field is not b64 or the nonce has another length. */
export function decodeSealed(sealed: SealedText): { nonce: Uint8Array; ciphertext: Uint8Array } | undefined {
  const nonce = decodeBase64(sealed.nonce);
  const ciphertext = decodeBase64(sealed.ciphertext);
  if (nonce?.length !== NONCE_BYTES || ciphertext === undefined) return undefined;
  return { nonce, ciphertext };
}
