/**
 * The one place that builds the texts the mesh signs or hashes. It must not know how they are signed: the client signs
 * with libsodium, the broker verifies with node:crypto. Fields are joined by a single pipe and never escaped, so callers
 * pass fields whose own rules exclude the pipe; the fields next to a path have a fixed form, which keeps that one unique.
 */
import { isPublicKey } from "../ids.ts";

/** What `hello.signature` covers, signed by the member key ([HELLO-10]). `timestamp` in ms. */
export function helloString(hello: { meshId: string; memberId: string; pubkey: string; timestamp: number }): string {
  return `${hello.meshId}|${hello.memberId}|${hello.pubkey}|${hello.timestamp}`;
}

/** What `hello.sessionProof` covers, signed by the session key ([HELLO-10]). `timestamp` is that of the hello, in ms. */
export function sessionProofString(hello: {
  meshId: string;
  pubkey: string;
  sessionPubkey: string;
  timestamp: number;
}): string {
  return `parlatory-session|${hello.meshId}|${hello.pubkey}|${hello.sessionPubkey}|${hello.timestamp}`;
}

/** The text whose hex SHA-256 stands for the body in a multicast signature ([CRYPTO-8]); both are the b64 strings sent. */
export function multicastBodyString(nonce: string, ciphertext: string): string {
  return `${nonce}.${ciphertext}`;
}

export interface MulticastHeader {
  meshId: string;
  senderPubkey: string;
  targetSpec: string;
  clientMessageId: string;
  sentAt: string;
}

/** What `send.sig` covers, signed by the sender's key ([CRYPTO-8]). `bodyHash`: hex SHA-256 of `multicastBodyString`. */
export function multicastString(header: MulticastHeader, bodyHash: string): string {
  return `parlatory-multicast|${header.meshId}|${header.senderPubkey}|${header.targetSpec}|${header.clientMessageId}|${header.sentAt}|${bodyHash}`;
}

/**
 * What the `Parl-Owner` header signs, by the owner key ([HTTP-5]). `path` without query, `bodyHash` the hex SHA-256 of
 * the body bytes (of no bytes when there is none), `timestamp` in ms.
 */
export function ownerRequestString(request: {
  method: string;
  path: string;
  bodyHash: string;
  timestamp: number;
}): string {
  return `parlatory-owner|${request.method}|${request.path}|${request.bodyHash}|${request.timestamp}`;
}

/** The value of the `Parl-Owner` header ([HTTP-5]). */
export function ownerHeader(timestamp: number, signature: string): string {
  return `${timestamp}.${signature}`;
}

const OWNER_HEADER = /^(0|[1-9][0-9]{0,15})\.([0-9a-f]{128})$/;

/** Reads the `Parl-Owner` header; `undefined` when it is not `<timestamp>.<hex128>` ([HTTP-5]). */
export function parseOwnerHeader(value: string): { timestamp: number; signature: string } | undefined {
  const match = OWNER_HEADER.exec(value);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const timestamp = Number(match[1]);
  return Number.isSafeInteger(timestamp) ? { timestamp, signature: match[2] } : undefined;
}

export interface FingerprintedSend {
  targetSpec: string;
  priority?: string | null | undefined;
  enc?: string | null | undefined;
  nonce: string;
  ciphertext: string;
  replyTo?: string | null | undefined;
  sig?: string | null | undefined;
  sentAt?: string | null | undefined;
  includeOffline?: boolean | null | undefined;
}

/** The text whose SHA-256 tells whether two sends with one `clientMessageId` are the same ([SEND-7]); defaults filled in. */
export function fingerprintInput(send: FingerprintedSend): string {
  const defaultEnc = isPublicKey(send.targetSpec) ? "box" : "none";
  return JSON.stringify([
    send.targetSpec,
    send.priority ?? "next",
    send.enc ?? defaultEnc,
    send.nonce,
    send.ciphertext,
    send.replyTo ?? "",
    send.sig ?? "",
    send.sentAt ?? "",
    send.includeOffline ?? false,
  ]);
}

/** HKDF `info` of the key that seals a multicast to this target ([CRYPTO-6]): the bare group name, `*` for everybody. */
export function groupKeyInfo(targetSpec: string): string {
  if (targetSpec === "*" || targetSpec === "@all") return "parlatory-group|*";
  return `parlatory-group|${targetSpec.startsWith("@") ? targetSpec.slice(1) : targetSpec}`;
}

/** The text whose hex SHA-256 is the join secret of an invite token ([INV-5]). */
export function joinSecretInput(token: string): string {
  return `parlatory-join|${token}`;
}
