import { decodeBase64, encodeBase64 } from "@parlatory/protocol";
import type { RandomBytes } from "./keys.ts";
import { NONCE_BYTES, encodeText, type SealedText } from "./sealed-text.ts";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The body of a multicast with `enc:"none"`: b64 of the text, and a nonce nothing depends on ([CRYPTO-5]). */
export function encodePlaintextBody(text: string, randomBytes: RandomBytes): SealedText {
  return { nonce: encodeBase64(randomBytes(NONCE_BYTES)), ciphertext: encodeBase64(encodeText(text)) };
}

/** Reads a body as plaintext; `undefined` when it is not b64 of UTF-8 text ([CRYPTO-5]). */
export function parsePlaintextBody(ciphertext: string): string | undefined {
  const bytes = decodeBase64(ciphertext);
  if (bytes === undefined) return undefined;
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}
