import { fingerprintInput, type FingerprintedSend } from "@parlatory/protocol";
import { sha256Hex } from "./sha256-hex.ts";

/** Hex SHA-256 that two sends with one `clientMessageId` must share to be the same send ([SEND-7]). */
export function sendFingerprint(send: FingerprintedSend): string {
  return sha256Hex(fingerprintInput(send));
}
