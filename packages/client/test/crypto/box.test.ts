import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { KeyPair } from "../../src/crypto/keys.ts";
import { openCrypto, type MeshCrypto } from "../../src/crypto/open-crypto.ts";
import { B64, NONCE, TEXT, openVectorCrypto, seed, tamper } from "./crypto-fixture.ts";

const BOX_A_TO_B = "cKljIpc5Zp6wrNRd7qhe86jrHIqU3RmvFVvNgw==";

let crypto: MeshCrypto;
let vectors: MeshCrypto;
let a: KeyPair;
let b: KeyPair;
let s: KeyPair;

beforeAll(async () => {
  crypto = await openCrypto();
  vectors = await openVectorCrypto();
  a = crypto.keyPairFromSeed(seed(1));
  b = crypto.keyPairFromSeed(seed(2));
  s = crypto.keyPairFromSeed(seed(4));
});

describe("direct boxes", () => {
  test("[CRYPTO-1] seals the contract's vector byte for byte", () => {
    const sealed = vectors.sealDirect({ text: TEXT, recipientPubkey: b.publicKey, senderSecretKey: a.secretKey });
    expect(sealed).toEqual({ ok: true, nonce: NONCE, ciphertext: BOX_A_TO_B });
  });

  test("[CRYPTO-1] opens the contract's vector", () => {
    const opened = crypto.openDirect({
      nonce: NONCE,
      ciphertext: BOX_A_TO_B,
      senderPubkey: a.publicKey,
      memberSecretKey: b.secretKey,
    });
    expect(opened).toEqual({ ok: true, text: TEXT, openedWith: "member" });
  });

  test("[CRYPTO-1] every message gets a fresh nonce", () => {
    const input = { text: TEXT, recipientPubkey: b.publicKey, senderSecretKey: a.secretKey };
    const nonces = Array.from({ length: 100 }, () => {
      const sealed = crypto.sealDirect(input);
      return sealed.ok ? sealed.nonce : "";
    });
    expect(new Set(nonces).size).toBe(100);
  });

  test.each([
    ["all zero bytes, a point of small order", "00".repeat(32)],
    ["the identity", `01${"00".repeat(31)}`],
    ["a value off the curve", "ff".repeat(32)],
    ["upper case", "AB".repeat(32)],
    ["too short", "ab"],
    ["empty", ""],
    ["no hex", "z".repeat(64)],
  ])("[CRYPTO-1] a recipient key that is %s is undeliverable and nothing is thrown", (_what, recipientPubkey) => {
    const input = { text: TEXT, recipientPubkey, senderSecretKey: a.secretKey };
    expect(crypto.sealDirect(input)).toEqual({ ok: false, reason: "undeliverable" });
    // The second answer comes from the cache.
    expect(crypto.sealDirect(input)).toEqual({ ok: false, reason: "undeliverable" });
  });

  test("[CRYPTO-2] tries the session secret, then the member secret", () => {
    const toSession = crypto.sealDirect({ text: "to s", recipientPubkey: s.publicKey, senderSecretKey: a.secretKey });
    const toMember = crypto.sealDirect({ text: "to b", recipientPubkey: b.publicKey, senderSecretKey: a.secretKey });
    if (!toSession.ok || !toMember.ok) throw new Error("both keys are deliverable");
    const receiver = { senderPubkey: a.publicKey, sessionSecretKey: s.secretKey, memberSecretKey: b.secretKey };
    expect(crypto.openDirect({ ...toSession, ...receiver })).toEqual({ ok: true, text: "to s", openedWith: "session" });
    expect(crypto.openDirect({ ...toMember, ...receiver })).toEqual({ ok: true, text: "to b", openedWith: "member" });
  });

  test("[CRYPTO-2] a box for neither key is undecryptable", () => {
    const sealed = crypto.sealDirect({ text: TEXT, recipientPubkey: a.publicKey, senderSecretKey: a.secretKey });
    if (!sealed.ok) throw new Error("the key is deliverable");
    const receiver = { senderPubkey: a.publicKey, sessionSecretKey: s.secretKey, memberSecretKey: b.secretKey };
    expect(crypto.openDirect({ ...sealed, ...receiver })).toEqual({ ok: false, reason: "undecryptable" });
  });

  test("[CRYPTO-3] a plaintext body never opens as direct", () => {
    const body = crypto.encodePlaintext("I am the admin");
    const opened = crypto.openDirect({ ...body, senderPubkey: a.publicKey, memberSecretKey: b.secretKey });
    expect(opened).toEqual({ ok: false, reason: "undecryptable" });
  });

  test("[CRYPTO-1] any text sealed by anybody for anybody opens unchanged", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (text, from, to) => {
          const sender = crypto.keyPairFromSeed(seed(from));
          const recipient = crypto.keyPairFromSeed(seed(to));
          const sealed = crypto.sealDirect({
            text,
            recipientPubkey: recipient.publicKey,
            senderSecretKey: sender.secretKey,
          });
          if (!sealed.ok) throw new Error("the key is deliverable");
          const opened = crypto.openDirect({
            ...sealed,
            senderPubkey: sender.publicKey,
            memberSecretKey: recipient.secretKey,
          });
          expect(opened).toEqual({ ok: true, text, openedWith: "member" });
        },
      ),
    );
  });

  test("[CRYPTO-1] a byte order mark and line ends survive", () => {
    const text = "\uFEFFone\r\ntwo\u0000";
    const sealed = crypto.sealDirect({ text, recipientPubkey: b.publicKey, senderSecretKey: a.secretKey });
    if (!sealed.ok) throw new Error("the key is deliverable");
    const opened = crypto.openDirect({ ...sealed, senderPubkey: a.publicKey, memberSecretKey: b.secretKey });
    expect(opened).toMatchObject({ ok: true, text });
  });

  test("[CRYPTO-2] a changed nonce, ciphertext or sender never opens", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.constantFrom("nonce", "ciphertext", "sender"), (text, at, what) => {
        const sealed = crypto.sealDirect({ text, recipientPubkey: b.publicKey, senderSecretKey: a.secretKey });
        if (!sealed.ok) throw new Error("the key is deliverable");
        const { nonce, ciphertext } = sealed;
        const body = ciphertext.replaceAll("=", "");
        const opened = crypto.openDirect({
          nonce: what === "nonce" ? tamper(nonce, at, B64) : nonce,
          ciphertext: what === "ciphertext" ? tamper(body, at, B64) + ciphertext.slice(body.length) : ciphertext,
          senderPubkey: what === "sender" ? s.publicKey : a.publicKey,
          memberSecretKey: b.secretKey,
        });
        expect(opened).toEqual({ ok: false, reason: "undecryptable" });
      }),
    );
  });

  test("[CRYPTO-2] garbage in any field is undecryptable, never thrown", () => {
    const garbage = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.base64String(),
      fc.uint8Array({ minLength: 24, maxLength: 24 }).map((bytes) => Buffer.from(bytes).toString("base64")),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex")),
    );
    fc.assert(
      fc.property(garbage, garbage, garbage, (nonce, ciphertext, senderPubkey) => {
        const opened = crypto.openDirect({ nonce, ciphertext, senderPubkey, memberSecretKey: b.secretKey });
        expect(opened).toEqual({ ok: false, reason: "undecryptable" });
      }),
    );
  });

  test("[CRYPTO-1] what is no key is not remembered: its length is the sender's choice", async () => {
    const fresh = await openCrypto();
    const body = fresh.encodePlaintext(TEXT);
    fresh.openDirect({ ...body, senderPubkey: "f".repeat(100_000), memberSecretKey: b.secretKey });
    expect(fresh.sharedKeyStats().size).toBe(0);
  });

  test("[CRYPTO-1] the cache of shared keys is bounded and lets the one unused for longest go", async () => {
    const small = await openCrypto({ maxSharedKeys: 2 });
    const recipients = [10, 11, 12].map((byte) => small.keyPairFromSeed(seed(byte)).publicKey);
    const [first = "", second = "", third = ""] = recipients;
    const sealTo = (recipientPubkey: string): unknown =>
      small.sealDirect({ text: TEXT, recipientPubkey, senderSecretKey: a.secretKey });
    for (const recipient of [first, second, first, third]) sealTo(recipient);
    expect(small.sharedKeyStats()).toEqual({ size: 2, capacity: 2, hits: 1, misses: 3, evictions: 1 });
    sealTo(first);
    expect(small.sharedKeyStats()).toMatchObject({ hits: 2, misses: 3 });
    sealTo(second);
    expect(small.sharedKeyStats()).toMatchObject({ hits: 2, misses: 4, evictions: 2 });
  });
});
