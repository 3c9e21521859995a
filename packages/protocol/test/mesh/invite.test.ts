import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeInviteToken,
  inviteLink,
  inviteString,
  parseInviteLink,
  parseInviteToken,
} from "../../src/mesh/invite.ts";

const FIELDS = {
  v: 1,
  mesh_id: "mesh-1",
  mesh_slug: "demo",
  broker_url: "ws://127.0.0.1:7900/ws",
  expires_at: 2_000_000_000,
  mesh_root_key: "cm9vdA",
  role: "member",
  owner_pubkey: "ab".repeat(32),
  signature: "cd".repeat(64),
} as const;

const encodeAnything = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("invite tokens", () => {
  test("[INV-1] the token is b64url of the compact JSON in the order of the rule", () => {
    expect(encodeInviteToken(FIELDS)).toBe(encodeAnything(FIELDS));
    expect(parseInviteToken(encodeAnything(FIELDS))).toEqual({ ok: true, invite: FIELDS });
  });

  test("[INV-1] the signed string joins the fields by single pipes", () => {
    const owner = FIELDS.owner_pubkey;
    expect(inviteString(FIELDS)).toBe(`1|mesh-1|demo|ws://127.0.0.1:7900/ws|2000000000|cm9vdA|member|${owner}`);
  });

  const { signature, ...unsigned } = FIELDS;
  test.each([
    ["another version", { ...FIELDS, v: 2 }],
    ["a missing field", unsigned],
    ["a field too many", { ...FIELDS, extra: 1 }],
    ["another order", { signature, ...unsigned }],
    ["a pipe in a field", { ...FIELDS, mesh_id: "mesh|1" }],
    ["a pipe in the address", { ...FIELDS, broker_url: "ws://127.0.0.1:7900/w|s" }],
    ["an empty id", { ...FIELDS, mesh_id: "" }],
    ["a line end in the id", { ...FIELDS, mesh_id: "mesh-1\n" }],
    ["an ill-formed slug", { ...FIELDS, mesh_slug: "De mo" }],
    ["an http address", { ...FIELDS, broker_url: "https://127.0.0.1/ws" }],
    ["an address without path", { ...FIELDS, broker_url: "wss://mesh.example" }],
    ["an address with the path / only", { ...FIELDS, broker_url: "wss://mesh.example/" }],
    ["an address with credentials", { ...FIELDS, broker_url: "wss://user:pass@mesh.example/ws" }],
    ["an expiry as text", { ...FIELDS, expires_at: "2000000000" }],
    ["a negative expiry", { ...FIELDS, expires_at: -1 }],
    ["an expiry in exponent form", JSON.parse(JSON.stringify({ ...FIELDS, expires_at: 1e21 }))],
    ["an empty root key", { ...FIELDS, mesh_root_key: "" }],
    ["a padded root key", { ...FIELDS, mesh_root_key: "cm9vdA==" }],
    ["another role", { ...FIELDS, role: "owner" }],
    ["a short owner key", { ...FIELDS, owner_pubkey: "ab" }],
    ["an upper-case signature", { ...FIELDS, signature: "CD".repeat(64) }],
    ["an array", [1]],
    ["null", null],
  ])("[INV-1] %s is malformed", (_what, value) => {
    expect(parseInviteToken(encodeAnything(value))).toMatchObject({ ok: false, code: "invite_malformed" });
  });

  test.each([
    ["padding", (token: string) => `${token}=`],
    ["standard base64", (token: string) => `+/${token}`],
    ["blank inside", (token: string) => `${token.slice(0, 4)} ${token.slice(4)}`],
    ["nothing", () => ""],
    ["8,193 characters", () => "A".repeat(8_193)],
    ["spaced JSON", () => Buffer.from(JSON.stringify(FIELDS, null, 1)).toString("base64url")],
    ["invalid UTF-8", () => Buffer.from([0xff, 0xfe, 0xfd]).toString("base64url")],
  ])("[INV-1] a token with %s is malformed", (_what, change) => {
    expect(parseInviteToken(change(encodeInviteToken(FIELDS)))).toMatchObject({ ok: false, code: "invite_malformed" });
  });

  test("[INV-5] the reason of a failure never repeats the root key", () => {
    const parsed = parseInviteToken(encodeAnything({ ...FIELDS, mesh_root_key: "secret!" }));
    expect(parsed).toEqual({ ok: false, code: "invite_malformed", reason: "mesh_root_key is missing or ill-formed" });
  });

  test("[INV-1] any text is answered, never thrown", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.json().map((json) => Buffer.from(json).toString("base64url")),
        ),
        (text) => {
          expect(parseInviteToken(text).ok).toBe(false);
        },
      ),
    );
  });
});

describe("invite links", () => {
  const token = encodeInviteToken(FIELDS);

  test.each([
    `http://127.0.0.1:7900/join/${token}`,
    `https://mesh.example/join/${token}`,
    `HTTPS://mesh.example/join/${token}`,
    `https://mesh.example/en/join/${token}`,
    `ic://join/${token}`,
    token,
    `\t${token} `,
  ])("[INV-2] finds the token in %s", (text) => {
    expect(parseInviteLink(text)).toBe(token);
  });

  test.each([
    "",
    "A".repeat(20),
    "not a link at all, but longer than twenty",
    `ftp://mesh.example/join/${token}`,
    `https://mesh.example/eng/join/${token}`,
    `https://mesh.example/e1/join/${token}`,
    `https://mesh.example/en/us/join/${token}`,
    `https:///join/${token}`,
    `https://mesh.example/join/`,
    `https://mesh.example/join/${token}/more`,
    `ic://mesh.example/join/${token}`,
    `https://mesh.example/?join=/join/${token}`,
  ])("[INV-2] %s is no invite link", (text) => {
    expect(parseInviteLink(text)).toBeUndefined();
  });

  test("[INV-2] a bare token has more than 20 characters", () => {
    expect(parseInviteLink("A".repeat(21))).toBe("A".repeat(21));
  });

  test("[INV-2] the printed link is the http form on the mesh's broker", () => {
    expect(inviteLink("ws://127.0.0.1:7900/ws", token)).toBe(`http://127.0.0.1:7900/join/${token}`);
    expect(inviteLink("wss://mesh.example/ws", token)).toBe(`https://mesh.example/join/${token}`);
    expect(parseInviteLink(inviteLink("wss://mesh.example/ws", token))).toBe(token);
  });
});
