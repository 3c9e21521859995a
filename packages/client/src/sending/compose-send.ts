import { parseTarget, type Encryption, type SendFrame } from "@parlatory/protocol";
import type { Identity } from "../connection/identity.ts";
import type { SendInput } from "./send-result.ts";

export interface ComposedSend {
  frame: SendFrame;
  encryption: Encryption;
}

export type ComposeResult = ({ ok: true } & ComposedSend) | { ok: false; code: string; message: string };

export interface ComposeContext {
  identity: Identity;
  clientMessageId: string;
  nowMs: number;
  /** Multicasts in plaintext, also where they could be encrypted ([CRYPTO-7]). */
  plaintext: boolean;
}

/** Seals a text for its target, and signs it when it is a multicast ([CRYPTO-1], [CRYPTO-5], [CRYPTO-6], [CRYPTO-8]). */
export function composeSend(input: SendInput, context: ComposeContext): ComposeResult {
  const { identity, clientMessageId } = context;
  const { crypto, own, rootKey, mesh } = identity;
  const { targetSpec, text } = input;
  const target = parseTarget(targetSpec);
  if (target.kind === "invalid") {
    return { ok: false, code: target.code, message: invalidTarget(targetSpec, target.code) };
  }
  const sentAt = new Date(context.nowMs).toISOString();
  const fields = { ...optionalFields(input), id: clientMessageId, targetSpec, clientMessageId, sentAt };
  if (target.kind === "key") {
    const sealed = crypto.sealDirect({ text, recipientPubkey: target.key, senderSecretKey: own.secretKey });
    if (!sealed.ok) {
      return {
        ok: false,
        code: "unknown_recipient",
        message: `nothing can be encrypted to ${targetSpec.slice(0, 12)}…: it is no usable key`,
      };
    }
    const frame: SendFrame = {
      type: "send",
      ...fields,
      nonce: sealed.nonce,
      ciphertext: sealed.ciphertext,
      enc: "box",
    };
    return { ok: true, frame, encryption: "box" };
  }
  const sealed =
    context.plaintext || rootKey === undefined ? undefined : crypto.sealGroup({ targetSpec, rootKey, text });
  const isSealed = sealed !== undefined && sealed.ok;
  const body = isSealed ? { nonce: sealed.nonce, ciphertext: sealed.ciphertext } : crypto.encodePlaintext(text);
  const header = { meshId: mesh.meshId, senderPubkey: own.publicKey, targetSpec, clientMessageId, sentAt };
  const sig = crypto.signMulticast(own.secretKey, header, body);
  const encryption = isSealed ? "group_box" : "none";
  return { ok: true, frame: { type: "send", ...fields, ...body, enc: encryption, sig }, encryption };
}

function optionalFields({ priority, replyTo, includeOffline, subtype }: SendInput): Partial<SendFrame> {
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(includeOffline === undefined ? {} : { includeOffline }),
    ...(subtype === undefined ? {} : { subtype }),
  };
}

function invalidTarget(targetSpec: string, code: string): string {
  if (code === "channel_unsupported") return `'${targetSpec}': there are no channels; use @group or *`;
  if (code === "bad_target") return `'${targetSpec}': @ must be followed by a group name`;
  return `'${targetSpec}' is no key, @group or *; resolve names before sending`;
}
