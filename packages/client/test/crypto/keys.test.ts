import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeHex, encodeHex, publicKeyOf } from "../../src/crypto/keys.ts";
import { openCrypto, type MeshCrypto } from "../../src/crypto/open-crypto.ts";
import { loadSodium } from "../../src/crypto/sodium.ts";
import { seed } from "./crypto-fixture.ts";

let crypto: MeshCrypto;

beforeAll(async () => {
  crypto = await openCrypto();
});

describe("keys", () => {
  test.each([
    ["A", 1, "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"],
    ["B", 2, "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"],
    ["O", 3, "ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1"],
    ["S", 4, "ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c"],
  ])("[CRYPTO-1] key %s of the vectors comes from its seed", (_name, byte, publicKey) => {
    const pair = crypto.keyPairFromSeed(seed(byte));
    expect(pair.publicKey).toBe(publicKey);
    expect(pair.secretKey).toBe(encodeHex(seed(byte)) + publicKey);
    expect(publicKeyOf(pair.secretKey)).toBe(publicKey);
  });

  test.each([
    [
      "A",
      1,
      "1b1b58dd50ea14b60da17b790cd02754d970c9bab864ebb3c0f3016fe51d3f57",
      "58e86efb75fa4e2c410f46e16de9f6acae1a1703528651b69bc176c088bef36e",
    ],
    [
      "B",
      2,
      "60346e7c911a5f6ba154129174cafe75b294ac3bbd5549632f48cec6266f8410",
      "a83c626bc9c38c8c201878ebb1d5b0b50ac40e8986c78793db1d4ef369fca14e",
    ],
  ])("[CRYPTO-1] key %s of the vectors converts to X25519", (_name, byte, publicHex, secretHex) => {
    const pair = crypto.keyPairFromSeed(seed(byte));
    const converted = crypto.toX25519Public(pair.publicKey);
    expect(converted.ok && encodeHex(converted.key)).toBe(publicHex);
    expect(encodeHex(crypto.toX25519Secret(pair.secretKey))).toBe(secretHex);
  });

  test("[CRYPTO-1] converting any text is a value, never thrown", () => {
    const anyKey = fc.oneof(fc.string(), fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeHex));
    fc.assert(
      fc.property(anyKey, (text) => {
        const converted = crypto.toX25519Public(text);
        expect(converted.ok ? converted.key.length : converted.reason).toBe(converted.ok ? 32 : "unconvertible_key");
      }),
    );
  });

  test("[CRYPTO-4] two fresh key pairs differ and each reads back from its stored text", () => {
    const one = crypto.generateKeyPair();
    const two = crypto.generateKeyPair();
    expect(one.publicKey).not.toBe(two.publicKey);
    expect(crypto.parseSecretKey(one.secretKey)).toBe(one.secretKey);
  });

  test("[CRYPTO-4] a stored secret key whose halves do not belong together, or of another form, is refused", () => {
    const one = crypto.keyPairFromSeed(seed(1));
    const two = crypto.keyPairFromSeed(seed(2));
    expect(crypto.parseSecretKey(one.secretKey.slice(0, 64) + two.publicKey)).toBeUndefined();
    expect(crypto.parseSecretKey(one.secretKey.toUpperCase())).toBeUndefined();
    expect(crypto.parseSecretKey(one.secretKey.slice(2))).toBeUndefined();
  });

  test("[CRYPTO-4] hex keeps every byte and refuses upper case, odd length and other characters", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const hex = encodeHex(bytes);
        expect(hex).toBe(Buffer.from(bytes).toString("hex"));
        expect(decodeHex(hex)).toEqual(bytes);
      }),
    );
    for (const text of ["AB", "abc", "zz", "0x", " ab "]) expect(decodeHex(text)).toBeUndefined();
  });

  test("[CRYPTO-1] libsodium is loaded once however often it is asked for", () => {
    expect(loadSodium()).toBe(loadSodium());
  });
});
