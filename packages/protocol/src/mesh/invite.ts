/**
 * Invite tokens as text: shape, order of fields, link forms. It must not know about keys or hashes; whoever reads a token
 * verifies `inviteString` with the owner key, and compares the expiry with a clock of its own.
 */
import { decodeBase64Url, encodeBase64Url } from "../base64.ts";
import { HEX128_PATTERN, HEX64_PATTERN, MESH_SLUG_PATTERN } from "../ids.ts";
import { TextDecoder, TextEncoder, URL } from "../web-platform.ts";

/** What an owner signs ([INV-1]). `expires_at` in seconds since the epoch; `mesh_root_key` as b64url. */
export interface UnsignedInvite {
  mesh_id: string;
  mesh_slug: string;
  broker_url: string;
  expires_at: number;
  mesh_root_key: string;
  role: "admin" | "member";
  owner_pubkey: string;
}

export interface Invite extends UnsignedInvite {
  v: 1;
  signature: string;
}

/** Longest token read, in characters: far above any real one, and small enough to decode without thinking. */
export const MAX_INVITE_TOKEN_CHARS = 8_192;

/** What the signature of an invite covers ([INV-1]). */
export function inviteString(invite: UnsignedInvite): string {
  return `1|${invite.mesh_id}|${invite.mesh_slug}|${invite.broker_url}|${invite.expires_at}|${invite.mesh_root_key}|${invite.role}|${invite.owner_pubkey}`;
}

/** Encodes a signed invite: b64url of compact JSON with the fields in the order of [INV-1]. */
export function encodeInviteToken(invite: UnsignedInvite & { signature: string }): string {
  const json = JSON.stringify({
    v: 1,
    mesh_id: invite.mesh_id,
    mesh_slug: invite.mesh_slug,
    broker_url: invite.broker_url,
    expires_at: invite.expires_at,
    mesh_root_key: invite.mesh_root_key,
    role: invite.role,
    owner_pubkey: invite.owner_pubkey,
    signature: invite.signature,
  });
  return encodeBase64Url(new TextEncoder().encode(json));
}

export type InviteShapeResult = { ok: true; invite: Invite } | { ok: false; code: "invite_malformed"; reason: string };

/**
 * Reads a token without verifying it. Only the exact encoding of [INV-1] is accepted, so one invite has one token and
 * one join secret. The reason of a failure names a field and never repeats its value.
 */
export function parseInviteToken(token: string): InviteShapeResult {
  if (token.length > MAX_INVITE_TOKEN_CHARS) return malformed(`longer than ${MAX_INVITE_TOKEN_CHARS} characters`);
  const bytes = decodeBase64Url(token);
  if (bytes === undefined) return malformed("not base64url without padding");
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return malformed("not UTF-8 JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return malformed("not a JSON object");
  const fields = value as Record<string, unknown>;
  const wrong = INVITE_FIELDS.find(([name, fits]) => !Object.hasOwn(fields, name) || !fits(fields[name]));
  if (wrong !== undefined) return malformed(`${wrong[0]} is missing or ill-formed`);
  const invite = value as Invite;
  if (encodeInviteToken(invite) !== token) {
    return malformed("fields, their order or the spacing are not those of an invite");
  }
  return { ok: true, invite };
}

/**
 * Finds the token in what a person pastes ([INV-2]): `http(s)://<host>/join/<token>`, the same with one path part of two
 * letters before `join`, `ic://join/<token>`, or the bare token. `undefined` when it is none of them.
 */
export function parseInviteLink(text: string): string | undefined {
  const trimmed = text.trim();
  if (BARE_TOKEN.test(trimmed)) return trimmed;
  return (HTTP_LINK.exec(trimmed) ?? IC_LINK.exec(trimmed))?.[1];
}

/** The http form of an invite link, on the broker the invite names ([INV-2]). */
export function inviteLink(brokerUrl: string, token: string): string {
  const url = new URL(brokerUrl);
  return `${url.protocol === "wss:" ? "https" : "http"}://${url.host}/join/${token}`;
}

const BARE_TOKEN = /^[A-Za-z0-9_-]{21,}$/;
const HTTP_LINK = /^https?:\/\/[^/?#\s]+(?:\/[A-Za-z]{2})?\/join\/([A-Za-z0-9_-]+)$/i;
const IC_LINK = /^ic:\/\/join\/([A-Za-z0-9_-]+)$/i;

type FieldRule = readonly [name: keyof Invite, fits: (value: unknown) => boolean];

const INVITE_FIELDS: readonly FieldRule[] = [
  ["v", (value) => value === 1],
  ["mesh_id", (value) => isPlainText(value) && value.length <= 128],
  ["mesh_slug", (value) => typeof value === "string" && MESH_SLUG_PATTERN.test(value)],
  ["broker_url", isBrokerUrl],
  ["expires_at", (value) => Number.isSafeInteger(value) && !Object.is(value, -0) && (value as number) >= 0],
  ["mesh_root_key", (value) => typeof value === "string" && value !== "" && decodeBase64Url(value) !== undefined],
  ["role", (value) => value === "admin" || value === "member"],
  ["owner_pubkey", (value) => typeof value === "string" && HEX64_PATTERN.test(value)],
  ["signature", (value) => typeof value === "string" && HEX128_PATTERN.test(value)],
];

/** Non-empty, without the pipe that separates signed fields, without blanks and control characters. */
function isPlainText(value: unknown): value is string {
  return typeof value === "string" && /^[^|\s\p{C}]+$/u.test(value);
}

/** A ws or wss address with a path; credentials and fragments have no meaning there and would only mislead. */
function isBrokerUrl(value: unknown): boolean {
  if (!isPlainText(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  return (
    (url.protocol === "ws:" || url.protocol === "wss:") &&
    url.pathname.length > 1 &&
    url.username === "" &&
    url.password === "" &&
    !value.includes("#")
  );
}

function malformed(reason: string): InviteShapeResult {
  return { ok: false, code: "invite_malformed", reason };
}
