import {
  WireError,
  fingerprintInput,
  multicastString,
  parseTarget,
  type Encryption,
  type Priority,
  type SendFrame,
  type Target,
} from "@parlatory/protocol";

/** A send whose fields are well-formed; nothing is known yet of recipients, policies or room. */
export interface CheckedSend {
  frame: SendFrame;
  target: Exclude<Target, { kind: "invalid" }>;
  kind: "direct" | "group" | "broadcast";
  priority: Priority;
  enc: Encryption;
  includeOffline: boolean;
  /** Decoded size of the ciphertext. */
  bytes: number;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const NONCE_BYTES = 24;
const PRIORITIES: ReadonlySet<string> = new Set(["now", "next", "low"]);
const KIND_OF_TARGET = { key: "direct", group: "group", all: "broadcast" } as const;

/** Checks the fields of a send against each other. Raises the codes of [SEND-5] that need nothing but the frame. */
export function checkSend(frame: SendFrame, maxMessageBytes: number): CheckedSend {
  const target = parseTarget(frame.targetSpec);
  if (target.kind === "invalid") throw new WireError(target.code, undefined, { field: "targetSpec" });
  const priority = frame.priority ?? "next";
  if (!PRIORITIES.has(priority)) throw new WireError("bad_priority", undefined, { field: "priority" });
  if (frame.subtype === "system") throw bad("subtype", "`system` is reserved for the broker");
  if (base64Bytes(frame.nonce) !== NONCE_BYTES) throw bad("nonce", "must be standard base64 of exactly 24 bytes");
  const bytes = base64Bytes(frame.ciphertext);
  if (bytes === undefined || bytes === 0) throw bad("ciphertext", "must be standard base64 of at least one byte");
  if (bytes > maxMessageBytes) {
    throw new WireError("too_large", undefined, { field: "ciphertext", limit: maxMessageBytes });
  }
  const isDirect = target.kind === "key";
  const enc = frame.enc ?? (isDirect ? "box" : "none");
  if (isDirect !== (enc === "box")) {
    throw bad("enc", isDirect ? "a direct message is always `box`" : "a multicast is `none` or `group_box`");
  }
  if (isDirect && frame.includeOffline === true) {
    throw bad("includeOffline", "is for multicasts only; direct mail always waits");
  }
  if (frame.sig !== undefined) {
    if (frame.clientMessageId === undefined) throw bad("sig", "needs `clientMessageId`");
    if (frame.sentAt === undefined) throw bad("sig", "needs `sentAt`");
  }
  if (frame.sentAt !== undefined && Number.isNaN(Date.parse(frame.sentAt))) throw bad("sentAt", "is not an instant");
  return {
    frame,
    target,
    kind: KIND_OF_TARGET[target.kind],
    priority: priority as Priority,
    enc,
    includeOffline: frame.includeOffline === true,
    bytes,
  };
}

/** The text whose SHA-256 tells whether two sends are the same ([SEND-7]). */
export function fingerprintText(send: CheckedSend): string {
  const { frame } = send;
  return fingerprintInput({
    targetSpec: frame.targetSpec,
    priority: send.priority,
    enc: send.enc,
    nonce: frame.nonce,
    ciphertext: frame.ciphertext,
    replyTo: frame.replyTo,
    sig: frame.sig,
    sentAt: frame.sentAt,
    includeOffline: send.includeOffline,
  });
}

/** The text a multicast signature is over ([CRYPTO-8]). `bodyHash` is the hex SHA-256 of `nonce + "." + ciphertext`. */
export function multicastSignatureText(
  send: CheckedSend,
  meshId: string,
  senderPubkey: string,
  bodyHash: string,
): string {
  const { frame } = send;
  const { targetSpec, clientMessageId = "", sentAt = "" } = frame;
  return multicastString({ meshId, senderPubkey, targetSpec, clientMessageId, sentAt }, bodyHash);
}

/** Number of bytes a standard base64 text with padding stands for; undefined when it is not one. */
function base64Bytes(text: string): number | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

function bad(field: string, problem: string): WireError {
  return new WireError("bad_request", `\`${field}\` ${problem}`, { field });
}
