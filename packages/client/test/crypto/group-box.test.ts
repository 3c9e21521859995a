import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { deriveGroupKey, parseRootKey } from "../../src/crypto/group-box.ts";
import { encodeHex } from "../../src/crypto/keys.ts";
import { openCrypto, type MeshCrypto } from "../../src/crypto/open-crypto.ts";
import { parsePlaintextBody } from "../../src/crypto/plaintext-body.ts";
import { B64, NONCE, ROOT_KEY, TEXT, openVectorCrypto, seed, tamper } from "./crypto-fixture.ts";

const VECTORS = [
  ["*", "e84a0436fa792e7ba8a70fb6b347ab9497dc1abc35ff893f419c3dd03bfd31ef", "zk3FF6ZKdDoZvGEGn5FfzMYjQ8ID6qSiuoqThQ=="],
  [
    "@all",
    "e84a0436fa792e7ba8a70fb6b347ab9497dc1abc35ff893f419c3dd03bfd31ef",
    "zk3FF6ZKdDoZvGEGn5FfzMYjQ8ID6qSiuoqThQ==",
  ],
  [
    "@frontend",
    "515171cc2eb2ac231f66a076410963e532d76d6d36679c6f7ffddaec8287b094",
    "KQ+5lzvzEE3b/pVw9GrkjA0N/1D+opAMjuqO7g==",
  ],
] as const;

let crypto: MeshCrypto;
let vectors: MeshCrypto;

beforeAll(async () => {
  crypto = await openCrypto();
  vectors = await openVectorCrypto();
});

describe("group boxes", () => {
  test("[CRYPTO-6] the root key of the vectors reads as 32 bytes", () => {
    expect(parseRootKey(ROOT_KEY)).toEqual(seed(5));
  });

  test.each(VECTORS)("[CRYPTO-6] target %s has the key and the box of the vectors", (targetSpec, key, ciphertext) => {
    expect(encodeHex(deriveGroupKey(seed(5), targetSpec))).toBe(key);
    expect(vectors.sealGroup({ text: TEXT, targetSpec, rootKey: ROOT_KEY })).toEqual({
      ok: true,
      nonce: NONCE,
      ciphertext,
    });
    expect(crypto.openGroup({ nonce: NONCE, ciphertext, targetSpec, rootKey: ROOT_KEY })).toEqual({
      ok: true,
      text: TEXT,
    });
  });

  test.each([undefined, "", "cm9vdA", `${ROOT_KEY}=`, `${ROOT_KEY}AAAA`, "not base64url!"])(
    "[CRYPTO-6] root key %j offers no group box",
    (rootKey) => {
      expect(crypto.sealGroup({ text: TEXT, targetSpec: "*", rootKey })).toEqual({ ok: false, reason: "no_root_key" });
      const opened = crypto.openGroup({ nonce: NONCE, ciphertext: VECTORS[0][2], targetSpec: "*", rootKey });
      expect(opened).toEqual({ ok: false, reason: "no_root_key" });
    },
  );

  test("[CRYPTO-6] a fresh root key has 32 bytes and never repeats", () => {
    const one = crypto.generateRootKey();
    expect(parseRootKey(one)?.length).toBe(32);
    expect(crypto.generateRootKey()).not.toBe(one);
  });

  test("[CRYPTO-6] any text opens for the same target and root key only", () => {
    const group = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/).filter((name) => name !== "all");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), group, fc.nat(), (text, name, at) => {
        const sealed = crypto.sealGroup({ text, targetSpec: `@${name}`, rootKey: ROOT_KEY });
        if (!sealed.ok) throw new Error("the root key is good");
        const open = (change: object): unknown =>
          crypto.openGroup({ ...sealed, targetSpec: `@${name}`, rootKey: ROOT_KEY, ...change });
        const undecryptable = { ok: false, reason: "undecryptable" };
        expect(open({})).toEqual({ ok: true, text });
        expect(open({ targetSpec: "*" })).toEqual(undecryptable);
        expect(open({ rootKey: crypto.generateRootKey() })).toEqual(undecryptable);
        expect(open({ nonce: tamper(sealed.nonce, at, B64) })).toEqual(undecryptable);
        expect(
          open({ ciphertext: tamper(sealed.ciphertext.slice(0, 20), at, B64) + sealed.ciphertext.slice(20) }),
        ).toEqual(undecryptable);
      }),
    );
  });

  test("[CRYPTO-6] garbage is undecryptable, never thrown", () => {
    const garbage = fc.oneof(fc.string(), fc.base64String(), fc.constant(NONCE));
    fc.assert(
      fc.property(garbage, garbage, fc.string(), (nonce, ciphertext, targetSpec) => {
        const opened = crypto.openGroup({ nonce, ciphertext, targetSpec, rootKey: ROOT_KEY });
        expect(opened).toEqual({ ok: false, reason: "undecryptable" });
      }),
    );
  });

  test("[CRYPTO-6] the key of a target longer than any group name is not remembered", async () => {
    const fresh = await openCrypto();
    const sealed = fresh.sealGroup({ text: TEXT, targetSpec: `@${"g".repeat(65)}`, rootKey: ROOT_KEY });
    expect(sealed.ok).toBe(true);
    expect(fresh.groupKeyStats().size).toBe(0);
  });

  test("[CRYPTO-6] the cache of group keys is bounded", async () => {
    const small = await openCrypto({ maxGroupKeys: 3 });
    for (let i = 0; i < 10; i++) small.sealGroup({ text: TEXT, targetSpec: `@g${i}`, rootKey: ROOT_KEY });
    small.sealGroup({ text: TEXT, targetSpec: "@g9", rootKey: ROOT_KEY });
    expect(small.groupKeyStats()).toEqual({ size: 3, capacity: 3, hits: 1, misses: 10, evictions: 7 });
  });
});

describe("plaintext multicasts", () => {
  test("[CRYPTO-5] the body is b64 of the UTF-8 text, the nonce 24 random bytes", () => {
    const body = crypto.encodePlaintext(TEXT);
    expect(body.ciphertext).toBe(Buffer.from(TEXT, "utf8").toString("base64"));
    expect(Buffer.from(body.nonce, "base64").length).toBe(24);
    expect(crypto.encodePlaintext(TEXT).nonce).not.toBe(body.nonce);
  });

  test("[CRYPTO-5] any text reads back, and what is no UTF-8 text is no plaintext", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20_000 }), (text) => {
        expect(parsePlaintextBody(crypto.encodePlaintext(text).ciphertext)).toBe(text);
      }),
    );
    for (const body of ["/w==", "wyg=", "not base64", "aGk"]) expect(parsePlaintextBody(body)).toBeUndefined();
  });
});
