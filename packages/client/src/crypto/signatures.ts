import {
  HEX128_PATTERN,
  helloString,
  isPublicKey,
  multicastBodyString,
  multicastString,
  ownerHeader,
  ownerRequestString,
  sessionProofString,
  type MulticastHeader,
} from "@parlatory/protocol";
import { decodeHex, encodeHex, secretKeyBytes, type SecretKey } from "./keys.ts";
import type { SealedText } from "./sealed-text.ts";
import { sha256Hex } from "./sha256-hex.ts";
import type { Sodium } from "./sodium.ts";

export interface Signatures {
  /** Signs a text; the answer is hex128. */
  sign(secretKey: SecretKey, text: string): string;
  /** Tells whether a signature is of this text by this key; false for whatever is no key or no signature. */
  verify(publicKey: string, text: string, signature: string): boolean;
  /** Signs a hello with the member key ([HELLO-10]). `timestamp` in ms. */
  signHello(memberSecretKey: SecretKey, hello: Parameters<typeof helloString>[0]): string;
  /** Proves with the session key that the session key is ours ([HELLO-10]). `timestamp` is that of the hello. */
  signSessionProof(sessionSecretKey: SecretKey, hello: Parameters<typeof sessionProofString>[0]): string;
  /** Signs a multicast with the key named in `header.senderPubkey` ([CRYPTO-8]). */
  signMulticast(senderSecretKey: SecretKey, header: MulticastHeader, body: SealedText): string;
  /** Checks `sig` of a multicast against its own `senderPubkey` ([CRYPTO-8]). */
  verifyMulticast(header: MulticastHeader, body: SealedText, sig: string): boolean;
  /** Makes the `Parl-Owner` header of a request ([HTTP-5]). `timestamp` in ms, `path` without query, `body` empty if none. */
  signOwnerRequest(ownerSecretKey: SecretKey, request: OwnerRequest): string;
}

export interface OwnerRequest {
  method: string;
  path: string;
  body: string | Uint8Array;
  timestamp: number;
}

export function createSignatures(sodium: Sodium): Signatures {
  function sign(secretKey: SecretKey, text: string): string {
    return encodeHex(sodium.crypto_sign_detached(text, secretKeyBytes(secretKey)));
  }

  function verify(publicKey: string, text: string, signature: string): boolean {
    if (!isPublicKey(publicKey) || !HEX128_PATTERN.test(signature)) return false;
    const key = decodeHex(publicKey);
    const bytes = decodeHex(signature);
    return key !== undefined && bytes !== undefined && sodium.crypto_sign_verify_detached(bytes, text, key);
  }

  return {
    sign,
    verify,
    signHello: (secretKey, hello) => sign(secretKey, helloString(hello)),
    signSessionProof: (secretKey, hello) => sign(secretKey, sessionProofString(hello)),
    signMulticast: (secretKey, header, body) => sign(secretKey, multicastText(header, body)),
    verifyMulticast: (header, body, sig) => verify(header.senderPubkey, multicastText(header, body), sig),
    signOwnerRequest(secretKey, { method, path, body, timestamp }) {
      const text = ownerRequestString({ method, path, bodyHash: sha256Hex(body), timestamp });
      return ownerHeader(timestamp, sign(secretKey, text));
    },
  };
}

function multicastText(header: MulticastHeader, body: SealedText): string {
  return multicastString(header, sha256Hex(multicastBodyString(body.nonce, body.ciphertext)));
}
