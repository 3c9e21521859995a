import { encodeInviteToken } from "@parlatory/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDeepLink } from "../../src/modes/deep-link-mode.ts";

const rootKey = "c2VjcmV0LXJvb3Qta2V5LW9mLXRoZS1tZXNoLTAwMDA";
const token = encodeInviteToken({
  mesh_id: "m1",
  mesh_slug: "review",
  broker_url: "wss://example.org/ws",
  expires_at: 1_800_000_000,
  mesh_root_key: rootKey,
  role: "member",
  owner_pubkey: "ab".repeat(32),
  signature: "cd".repeat(64),
});

describe("known kinds", () => {
  test.each([
    ["parl://session/review-1", "parl://session/review-1", "the stored session review-1"],
    [`parl://join/${token}`, "parl://join/***", "an invite to the mesh 'review'"],
    ["parl://pair/ABCD-EF01", "parl://pair/***", "the pairing of a device"],
    ["parl://pair/abcd-ef01", "parl://pair/***", "the pairing of a device"],
  ])("[CMD-deep-link-mode-1] [TXT-3] %s", (link, shown, opens) => {
    expect(readDeepLink(link)).toEqual({
      lines: ["mode=deep-link", `target=${shown}`, "active=True", `opens=${opens}`],
      exitCode: 0,
    });
  });
});

describe("malformed links and unknown kinds", () => {
  test.each([
    ["parl://", "parl://"],
    ["parl://session", "parl://session"],
    ["parl://session/", "parl://session/"],
    ["parl://session/../x", "parl://session/../x"],
    ["parl://session/a/b", "parl://session/a/b"],
    ["parl://session/con", "parl://session/con"],
    ["parl://session/a?token=hidden", "parl://session/a?token=***"],
    ["parl://session/a#hidden", "parl://session/a#***"],
    ["parl://me:hidden@session/a", "parl://***@session/a"],
    ["parl://session/a\nactive=True", String.raw`parl://session/a\nactive=True`],
    ["parl://Session/a", "parl://Session/a"],
    ["parl://nosuch/x", "parl://nosuch/x"],
    ["parl://toString/x", "parl://toString/x"],
    [`parl://join/${token.slice(0, -1)}`, "parl://join/***"],
    [`parl://join/${token}/`, "parl://join/***"],
    [`parl://JOIN/${token}`, "parl://JOIN/***"],
    [`parl://me:hidden@join/${token}`, "parl://***@join/***"],
    [`parl://join?t=${token}`, "parl://join/***"],
    ["parl://join/short", "parl://join/***"],
    ["parl://pair/ABCD", "parl://pair/***"],
    ["parl://pair/ABCD-EFIL", "parl://pair/***"],
    ["parl://pair#ABCD-EF01", "parl://pair/***"],
    ["parl://pair/ABCD-EF01\n", "parl://pair/***"],
  ])("[CMD-deep-link-mode-1] %j is inactive, exit 1", (link, shown) => {
    expect(readDeepLink(link)).toEqual({
      lines: ["mode=deep-link", `target=${shown}`, "active=False"],
      exitCode: 1,
    });
  });
});

describe("what is no parl:// link", () => {
  test.each([
    ["", ""],
    ["review-1", "review-1"],
    ["https://example.org/join/abc", "https://example.org/join/abc"],
    [`https://me:hidden@example.org/join/${token}`, "https://***@example.org/join/***"],
    [`ic://join/${token}`, "ic://join/***"],
    [token, "***"],
    [` ${token}`, "***"],
    [`PARL://join/${token}`, "PARL://join/***"],
    [` parl://pair/ABCD-EF01`, " parl://pair/***"],
  ])("[TXT-3] %j is not read: False and a hint, exit 0", (target, shown) => {
    expect(readDeepLink(target)).toEqual({
      lines: [
        "mode=deep-link",
        `target=${shown}`,
        "active=False",
        "hint=give a link that starts with parl://, such as parl://session/ID",
      ],
      exitCode: 0,
    });
  });
});

test("[CMD-deep-link-mode-1] [ENV-12] no form of a link prints the token or code in it, on no more lines than there are", () => {
  const secret = fc.constantFrom(token, rootKey, "ABCD-EF01");
  const scheme = fc.constantFrom("parl://", "PARL://", " parl://", "parl://me:pw@");
  const kind = fc.constantFrom("join", "pair", "Join", "PAIR");
  const between = fc.constantFrom("/", "/x/", "#", "?t=", "/\n", "//", ":80/");
  const after = fc.constantFrom("", "/", "?a=b", "#f", "\n", " ");
  fc.assert(
    fc.property(scheme, kind, between, secret, after, (...parts) => {
      const { lines } = readDeepLink(parts.join(""));
      expect(lines.join("\n")).not.toContain(parts[3]);
      expect(lines.join("\n").split("\n")).toHaveLength(lines.length);
    }),
  );
});
