import { parseTarget, type PushFrame } from "@parlatory/protocol";
import { parsePlaintextBody } from "../crypto/plaintext-body.ts";
import type { Identity } from "../connection/identity.ts";
import type { MessageContent, UnverifiedReason } from "./incoming-message.ts";

export type Classified = { ok: true; content: MessageContent } | { ok: false; reason: string };

/**
 * Opens a push and says what it may be shown as ([CRYPTO-2], [CRYPTO-3], [CRYPTO-8]): `direct` only if the box opened,
 * `group`/`broadcast` only for a multicast that opened or says `enc:"none"`; whatever else is readable is `unverified`.
 */
export function classifyPush(push: PushFrame, identity: Identity): Classified {
  const kind = kindOf(push);
  if (kind === "direct") return openDirect(push, identity);
  if (push.enc === "group_box") return openGroup(push, kind, identity);
  const text = parsePlaintextBody(push.ciphertext);
  if (text === undefined) return { ok: false, reason: "the body of this unencrypted message is not UTF-8 text" };
  return { ok: true, content: withSignature(push, identity, { kind, text, encrypted: false, signed: false }) };
}

/** By target where it is given, for that is what the sender signed; else the broker's word. */
function kindOf(push: PushFrame): "direct" | "group" | "broadcast" {
  const target = push.targetSpec === undefined ? undefined : parseTarget(push.targetSpec);
  if (target?.kind === "all") return "broadcast";
  if (target?.kind === "group") return "group";
  if (target?.kind === "key") return "direct";
  return push.kind === "group" || push.kind === "broadcast" ? push.kind : "direct";
}

function openDirect(push: PushFrame, { crypto, session, member }: Identity): Classified {
  const opened = crypto.openDirect({
    nonce: push.nonce,
    ciphertext: push.ciphertext,
    senderPubkey: push.senderPubkey,
    sessionSecretKey: session?.secretKey,
    memberSecretKey: member.secretKey,
  });
  if (opened.ok) return { ok: true, content: { kind: "direct", text: opened.text, encrypted: true, signed: true } };
  return readable(push, "the message cannot be opened with our keys");
}

function openGroup(push: PushFrame, kind: "group" | "broadcast", identity: Identity): Classified {
  const { crypto, rootKey } = identity;
  const targetSpec = push.targetSpec ?? "";
  const opened = crypto.openGroup({ targetSpec, rootKey, nonce: push.nonce, ciphertext: push.ciphertext });
  if (opened.ok) {
    return {
      ok: true,
      content: withSignature(push, identity, { kind, text: opened.text, encrypted: true, signed: false }),
    };
  }
  return readable(
    push,
    opened.reason === "no_root_key"
      ? "we have no root key of this mesh"
      : "the message cannot be opened with the key of its group",
  );
}

function withSignature(push: PushFrame, { crypto, mesh }: Identity, content: MessageContent): MessageContent {
  if (push.senderPubkey === "") return unverified(content, "no_sender");
  const { sig, clientMessageId, sentAt, senderPubkey, targetSpec } = push;
  if (sig === undefined || sig === null) return content;
  const isComplete = clientMessageId !== undefined && sentAt !== undefined && targetSpec !== undefined;
  if (isComplete) {
    const header = { meshId: mesh.meshId, senderPubkey, targetSpec, clientMessageId, sentAt };
    if (crypto.verifyMulticast(header, push, sig)) return { ...content, signed: true };
  }
  return unverified(content, "bad_signature");
}

/** Control characters but tab and line ends: what has them is a key's noise, not somebody's text. */
// oxlint-disable-next-line no-control-regex -- they are the point
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/;

function readable(push: PushFrame, reason: string): Classified {
  const text = parsePlaintextBody(push.ciphertext);
  if (text === undefined || text === "" || UNPRINTABLE.test(text)) return { ok: false, reason };
  return { ok: true, content: unverified({ text, encrypted: false }, "not_encrypted") };
}

function unverified(
  content: Pick<MessageContent, "text" | "encrypted">,
  unverifiedReason: UnverifiedReason,
): MessageContent {
  return { kind: "unverified", text: content.text, encrypted: content.encrypted, signed: false, unverifiedReason };
}
