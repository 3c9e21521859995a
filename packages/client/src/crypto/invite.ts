import {
  encodeInviteToken,
  inviteLink,
  inviteString,
  joinSecretInput,
  parseInviteLink,
  parseInviteToken,
  type Invite,
  type UnsignedInvite,
} from "@parlatory/protocol";
import { publicKeyOf, type SecretKey } from "./keys.ts";
import { sha256Hex } from "./sha256-hex.ts";
import type { Signatures } from "./signatures.ts";

export interface OpenedInvite {
  token: string;
  invite: Invite;
}

export interface CreatedInvite extends OpenedInvite {
  /** The http form, on the broker the invite names. */
  link: string;
  joinSecret: string;
  /** All the broker learns of the token when the invite is registered. */
  tokenHash: string;
}

export type InviteFailure = {
  ok: false;
  code: "invite_malformed" | "invite_bad_signature" | "invite_expired";
  reason: string;
};
export type ParseInviteResult = ({ ok: true } & OpenedInvite) | InviteFailure;
export type CreateInviteResult = ({ ok: true } & CreatedInvite) | InviteFailure;

export interface InviteTools {
  /**
   * Checks a link or token before any network use ([INV-2], [INV-3]): shape, then signature, then expiry, as the broker
   * does ([INV-7]). `nowMs` is the caller's clock. Codes: `invite_malformed`, `invite_bad_signature`, `invite_expired`.
   */
  parseInvite(linkOrToken: string, nowMs: number): ParseInviteResult;
  /** Signs an invite with the owner key ([INV-1]); fields that break its rules are `invite_malformed`. */
  createInvite(invite: Omit<UnsignedInvite, "owner_pubkey">, ownerSecretKey: SecretKey): CreateInviteResult;
}

export function createInviteTools(signatures: Signatures): InviteTools {
  return {
    parseInvite(linkOrToken, nowMs) {
      const token = parseInviteLink(linkOrToken);
      if (token === undefined) {
        return { ok: false, code: "invite_malformed", reason: "neither an invite link nor a token" };
      }
      const parsed = parseInviteToken(token);
      if (!parsed.ok) return parsed;
      const { invite } = parsed;
      if (!signatures.verify(invite.owner_pubkey, inviteString(invite), invite.signature)) {
        return { ok: false, code: "invite_bad_signature", reason: "not signed by the owner key it names" };
      }
      if (nowMs >= invite.expires_at * 1_000) {
        return { ok: false, code: "invite_expired", reason: `expired ${expiryText(invite.expires_at)}` };
      }
      return { ok: true, token, invite };
    },

    createInvite(fields, ownerSecretKey) {
      const unsigned = { ...fields, owner_pubkey: publicKeyOf(ownerSecretKey) };
      const token = encodeInviteToken({
        ...unsigned,
        signature: signatures.sign(ownerSecretKey, inviteString(unsigned)),
      });
      // Reading it back proves that whoever gets this token can use it.
      const parsed = parseInviteToken(token);
      if (!parsed.ok) return parsed;
      const joinSecret = joinSecretOf(token);
      const link = inviteLink(parsed.invite.broker_url, token);
      return { ok: true, token, invite: parsed.invite, link, joinSecret, tokenHash: tokenHashOf(joinSecret) };
    },
  };
}

/** What `parl join` sends instead of the token, so that the root key stays out of the broker ([INV-5]). */
export function joinSecretOf(token: string): string {
  return sha256Hex(joinSecretInput(token));
}

/** What the broker keeps of an invite ([INV-5]): the hash of the join secret's text. */
export function tokenHashOf(joinSecret: string): string {
  return sha256Hex(joinSecret);
}

function expiryText(expiresAt: number): string {
  const expiry = new Date(expiresAt * 1_000);
  return Number.isNaN(expiry.getTime()) ? "at an impossible time" : `at ${expiry.toISOString()}`;
}
