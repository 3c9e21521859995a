import { createPublicKey, verify as nodeVerify } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { sendFingerprint } from "../../src/crypto/fingerprint.ts";
import type { KeyPair } from "../../src/crypto/keys.ts";
import { openCrypto, type MeshCrypto } from "../../src/crypto/open-crypto.ts";
import { HEX, NONCE, TIMESTAMP, nodeSha256, seed, tamper } from "./crypto-fixture.ts";

const HELLO_BY_A =
  "7de8bcca2f18af94b77eab090c59c82069e07700b30dbed8d6dc3289e218de70054b77530170490503d8ad1714a3a79b1540d5cba8f8fa8435eb71bc6b928508";
const PROOF_BY_S =
  "e33b12374308c45d12d18ca13bd78c82888dc4c8d0f285525cf56aa858ad12c8f073918f2bb9eb44fc6bd512d7fbd91b3f6a72dc844c93c47a6d9a305f3f3407";
const MULTICAST_BY_S =
  "9332be83d846dd4e83390cf65e3eca118840bbb068134065dea2461c0db6c8b2ba93fac8d7cd6df040920084dfb921f9aab6265af310c3a4ec01823352054901";
const OWNER_BY_O =
  "a967681981ca8c8118188bd9148a932d7d6f0f3350b5cd5bca1bd29e3126cf1e549a4b01c2a82febdd7c5e5f75338189f756a7305ba2e2c8e870fb874494f104";

let crypto: MeshCrypto;
let a: KeyPair;
let o: KeyPair;
let s: KeyPair;

beforeAll(async () => {
  crypto = await openCrypto();
  a = crypto.keyPairFromSeed(seed(1));
  o = crypto.keyPairFromSeed(seed(3));
  s = crypto.keyPairFromSeed(seed(4));
});

describe("signatures", () => {
  test("[HELLO-10] signs the hello of the vectors", () => {
    const hello = { meshId: "mesh-1", memberId: "member-1", pubkey: a.publicKey, timestamp: TIMESTAMP };
    expect(crypto.signHello(a.secretKey, hello)).toBe(HELLO_BY_A);
    expect(crypto.verify(a.publicKey, `mesh-1|member-1|${a.publicKey}|1700000000000`, HELLO_BY_A)).toBe(true);
  });

  test("[HELLO-10] signs the session proof of the vectors", () => {
    const hello = { meshId: "mesh-1", pubkey: a.publicKey, sessionPubkey: s.publicKey, timestamp: TIMESTAMP };
    expect(crypto.signSessionProof(s.secretKey, hello)).toBe(PROOF_BY_S);
  });

  test("[CRYPTO-8] signs the multicast of the vectors, and it verifies", () => {
    const header = {
      meshId: "mesh-1",
      senderPubkey: s.publicKey,
      targetSpec: "@frontend",
      clientMessageId: "cm-1",
      sentAt: "2026-01-02T03:04:05.678Z",
    };
    // The vectors do not name the body: its hash tells which of their two boxes it is.
    const body = { nonce: NONCE, ciphertext: "KQ+5lzvzEE3b/pVw9GrkjA0N/1D+opAMjuqO7g==" };
    expect(nodeSha256(`${body.nonce}.${body.ciphertext}`)).toBe(
      "c57d4418f3fec03c28e4277e6987aff0d98fc95ef513bd53ba5d0dbf9a1f13e4",
    );
    expect(crypto.signMulticast(s.secretKey, header, body)).toBe(MULTICAST_BY_S);
    expect(crypto.verifyMulticast(header, body, MULTICAST_BY_S)).toBe(true);
  });

  test("[CRYPTO-8] no field of a signed multicast can be changed", () => {
    const header = {
      meshId: "mesh-1",
      senderPubkey: s.publicKey,
      targetSpec: "@frontend",
      clientMessageId: "cm-1",
      sentAt: "2026-01-02T03:04:05.678Z",
    };
    const body = crypto.encodePlaintext("ship it");
    const sig = crypto.signMulticast(s.secretKey, header, body);
    expect(crypto.verifyMulticast(header, body, sig)).toBe(true);
    const changes = {
      meshId: "mesh-2",
      senderPubkey: a.publicKey,
      targetSpec: "*",
      clientMessageId: "cm-2",
      sentAt: "2026-01-02T03:04:05.679Z",
    };
    for (const [field, value] of Object.entries(changes)) {
      expect([field, crypto.verifyMulticast({ ...header, [field]: value }, body, sig)]).toEqual([field, false]);
    }
    expect(crypto.verifyMulticast(header, crypto.encodePlaintext("ship it"), sig)).toBe(false);
    expect(crypto.verifyMulticast(header, { ...body, ciphertext: "c3RvcCBpdA==" }, sig)).toBe(false);
  });

  test("[HTTP-5] signs the owner request of the vectors", () => {
    const request = {
      method: "PATCH",
      path: "/api/v1/meshes/mesh-1/policy",
      body: '{"policies":{"messageLog":true}}',
      timestamp: TIMESTAMP,
    };
    expect(crypto.signOwnerRequest(o.secretKey, request)).toBe(`1700000000000.${OWNER_BY_O}`);
    const bytes = new TextEncoder().encode(request.body);
    expect(crypto.signOwnerRequest(o.secretKey, { ...request, body: bytes })).toBe(`1700000000000.${OWNER_BY_O}`);
  });

  test("[CRYPTO-8] every signature verifies with node:crypto too, and no changed one verifies here", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(), (text, at) => {
        const signature = crypto.sign(a.secretKey, text);
        const key = createPublicKey({
          key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(a.publicKey, "hex").toString("base64url") },
          format: "jwk",
        });
        expect(nodeVerify(null, Buffer.from(text, "utf8"), key, Buffer.from(signature, "hex"))).toBe(true);
        expect(crypto.verify(a.publicKey, text, signature)).toBe(true);
        expect(crypto.verify(a.publicKey, text, tamper(signature, at, HEX))).toBe(false);
        expect(crypto.verify(a.publicKey, `${text}|`, signature)).toBe(false);
        expect(crypto.verify(o.publicKey, text, signature)).toBe(false);
      }),
    );
  });

  test("[CRYPTO-8] garbage keys and signatures do not verify and nothing is thrown", () => {
    const hex = (length: number): fc.Arbitrary<string> =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString("hex"));
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), hex(32)),
        fc.string(),
        fc.oneof(fc.string(), hex(64)),
        (key, text, signature) => {
          expect(crypto.verify(key, text, signature)).toBe(false);
        },
      ),
    );
  });
});

describe("fingerprint", () => {
  test("[SEND-7] of the vectors", () => {
    const send = {
      targetSpec: "*",
      priority: "next",
      enc: "group_box",
      nonce: NONCE,
      ciphertext: "zk3FF6ZKdDoZvGEGn5FfzMYjQ8ID6qSiuoqThQ==",
      sentAt: "2026-01-02T03:04:05.678Z",
    };
    expect(sendFingerprint(send)).toBe("4a090b4f6ddc291cfa9db9e2a69e7cacee211d9476f2e813f56a51537fb770ca");
  });
});
