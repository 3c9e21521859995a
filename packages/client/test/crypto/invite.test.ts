import { encodeInviteToken } from "@parlatory/protocol";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { joinSecretOf, tokenHashOf } from "../../src/crypto/invite.ts";
import type { KeyPair } from "../../src/crypto/keys.ts";
import { openCrypto, type MeshCrypto } from "../../src/crypto/open-crypto.ts";
import { B64URL, nodeSha256, seed, tamper } from "./crypto-fixture.ts";

const EXPIRES_AT = 2_000_000_000;
const BEFORE = EXPIRES_AT * 1_000 - 1;
const SIGNATURE =
  "1d93c6661534248f9f9b4aa75a5ee5f0d81f6bd71c45692e254b5fd4077213818b6328cffc6f1549f2d11538c9a6a60789d28d2ef448a19bd371018c512c2a0e";
const FIELDS = {
  mesh_id: "mesh-1",
  mesh_slug: "demo",
  broker_url: "ws://127.0.0.1:7900/ws",
  expires_at: EXPIRES_AT,
  mesh_root_key: "cm9vdA",
  role: "member",
} as const;

let crypto: MeshCrypto;
let owner: KeyPair;
let token: string;

beforeAll(async () => {
  crypto = await openCrypto();
  owner = crypto.keyPairFromSeed(seed(3));
  token = encodeInviteToken({ ...FIELDS, owner_pubkey: owner.publicKey, signature: SIGNATURE });
});

describe("invites", () => {
  test("[INV-1] creates the invite of the vectors", () => {
    const created = crypto.createInvite(FIELDS, owner.secretKey);
    if (!created.ok) throw new Error(created.reason);
    expect(created.invite.signature).toBe(SIGNATURE);
    expect(created.token).toBe(token);
    expect(token.length).toBe(498);
    expect(nodeSha256(token)).toBe("a19ccfecbd17c61dfd0b05b833f4638bc401a8a4fa2fe3bd36890e27d2785f20");
    expect(created.link).toBe(`http://127.0.0.1:7900/join/${token}`);
  });

  test("[INV-5] join secret and token hash are those of the vectors", () => {
    const joinSecret = "b8a01331404851dc4b0012db3ff136051f1a57aee027ba4a3b30c5f3fd446692";
    const tokenHash = "98fca6c8a2957d85766bad986dd2fd2d2854154af1a0378fe686c9b3e6f3bcf0";
    expect(joinSecretOf(token)).toBe(joinSecret);
    expect(tokenHashOf(joinSecret)).toBe(tokenHash);
    expect(crypto.createInvite(FIELDS, owner.secretKey)).toMatchObject({ joinSecret, tokenHash });
  });

  test.each([
    ["http form", (text: string) => `http://127.0.0.1:7900/join/${text}`],
    ["https form with a language", (text: string) => `https://mesh.example/de/join/${text}`],
    ["ic form", (text: string) => `ic://join/${text}`],
    ["bare token", (text: string) => text],
    ["pasted with blanks around it", (text: string) => ` ${text}\n`],
  ])("[INV-2] accepts the %s", (_form, link) => {
    const parsed = crypto.parseInvite(link(token), BEFORE);
    expect(parsed).toMatchObject({ ok: true, token, invite: { v: 1, ...FIELDS, owner_pubkey: owner.publicKey } });
  });

  test("[INV-3] an expired invite is invite_expired, from the very second on", () => {
    expect(crypto.parseInvite(token, BEFORE)).toMatchObject({ ok: true });
    expect(crypto.parseInvite(token, BEFORE + 1)).toMatchObject({ ok: false, code: "invite_expired" });
  });

  test("[INV-3] every field is covered by the signature", () => {
    const changes = {
      mesh_id: "mesh-2",
      mesh_slug: "demo2",
      broker_url: "ws://127.0.0.2:7900/ws",
      expires_at: EXPIRES_AT + 1,
      mesh_root_key: "cm9vdB4",
      role: "admin",
      owner_pubkey: crypto.keyPairFromSeed(seed(1)).publicKey,
    };
    for (const [field, value] of Object.entries(changes)) {
      const changed = encodeInviteToken({
        ...FIELDS,
        owner_pubkey: owner.publicKey,
        signature: SIGNATURE,
        [field]: value,
      });
      expect([field, crypto.parseInvite(changed, BEFORE)]).toMatchObject([
        field,
        { ok: false, code: "invite_bad_signature" },
      ]);
    }
  });

  test("[INV-3] an invite that is forged and expired is told as forged: an unsigned date says nothing", () => {
    const forged = encodeInviteToken({ ...FIELDS, expires_at: 1, owner_pubkey: owner.publicKey, signature: SIGNATURE });
    expect(crypto.parseInvite(forged, BEFORE)).toMatchObject({ ok: false, code: "invite_bad_signature" });
  });

  test("[INV-3] one changed character never gives a valid invite", () => {
    fc.assert(
      fc.property(fc.nat(), (at) => {
        const parsed = crypto.parseInvite(tamper(token, at, B64URL), BEFORE);
        expect(parsed.ok ? "ok" : parsed.code).toMatch(/^invite_(malformed|bad_signature)$/);
      }),
      { numRuns: 500 },
    );
  });

  test("[INV-3] any text is answered by a code, never thrown", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.base64String().map((text) => `ic://join/${text}`),
        ),
        (text) => {
          expect(crypto.parseInvite(text, BEFORE)).toMatchObject({ ok: false, code: "invite_malformed" });
        },
      ),
    );
  });

  test.each([
    ["a pipe in the mesh id", { mesh_id: "me|sh" }],
    ["a broker address without a path", { broker_url: "ws://127.0.0.1:7900" }],
    ["an http address", { broker_url: "http://127.0.0.1:7900/ws" }],
    ["a slug of capitals", { mesh_slug: "Demo" }],
    ["a fractional expiry", { expires_at: 1.5 }],
    ["a root key with padding", { mesh_root_key: "cm9vdA==" }],
  ])("[INV-1] %s cannot be made into an invite", (_what, change) => {
    expect(crypto.createInvite({ ...FIELDS, ...change }, owner.secretKey)).toMatchObject({
      ok: false,
      code: "invite_malformed",
    });
  });
});
