/** deep-link-mode: what a `parl://` link opens, by its text alone [CMD-deep-link-mode-1]. */
import { parseInviteToken } from "@parlatory/protocol";
import { quoteValue } from "../output/escape.ts";
import { isSessionId } from "../session-store/session-id.ts";
import type { ModeAnswer } from "./remote-mode.ts";
import { showTarget } from "./server-target.ts";

/**
 * What a link of each kind opens, given what stands behind `parl://KIND/`; undefined for a malformed one. No secret of the
 * link may be in the answer.
 */
const kinds: ReadonlyMap<string, (rest: string) => string | undefined> = new Map([
  ["session", (rest: string) => (isSessionId(rest) ? `the stored session ${rest}` : undefined)],
  ["join", describeInvite],
  ["pair", (rest: string) => (pairingCode.test(rest) ? "the pairing of a device" : undefined)],
]);
/** One-time codes: Crockford base32 as `XXXX-XXXX`. */
const pairingCode = /^[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}$/i;

export function readDeepLink(target: string): ModeAnswer {
  const lines = (isActive: boolean): string[] => [
    "mode=deep-link",
    `target=${showTarget(hideSecrets(target))}`,
    `active=${isActive ? "True" : "False"}`,
  ];
  if (!target.startsWith("parl://")) {
    return {
      lines: [...lines(false), "hint=give a link that starts with parl://, such as parl://session/ID"],
      exitCode: 0,
    };
  }
  const opens = describeLink(target);
  if (opens === undefined) return { lines: lines(false), exitCode: 1 };
  return { lines: [...lines(true), `opens=${opens}`], exitCode: 0 };
}

function describeLink(link: string): string | undefined {
  const [, kind = "", rest = ""] = /^parl:\/\/([a-z]+)\/(.+)$/s.exec(link) ?? [];
  return kinds.get(kind)?.(rest);
}

/** Shape only: whether the owner signed it is found out by `parl join`. */
function describeInvite(token: string): string | undefined {
  const result = parseInviteToken(token);
  return result.ok ? `an invite to the mesh ${quoteValue(result.invite.mesh_slug)}` : undefined;
}

const secretKind = /^(\s*parl:\/\/(?:[^/?#]*@)?(?:join|pair)\b).+$/is;
/** An invite without its link, or a key: nothing else looks so. */
const bareSecret = /^\s*[A-Za-z0-9_-]{43,}\s*$/;

/** Also where the link is malformed: what was meant as a secret stays one. */
function hideSecrets(target: string): string {
  return bareSecret.test(target) ? "***" : target.replace(secretKind, "$1/***");
}
