import { describe, expect, test } from "vitest";
import {
  fingerprintInput,
  groupKeyInfo,
  helloString,
  joinSecretInput,
  multicastString,
  ownerHeader,
  ownerRequestString,
  parseOwnerHeader,
  sessionProofString,
} from "../../src/mesh/signed-strings.ts";

const A = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
const S = "ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c";
const TIMESTAMP = 1_700_000_000_000;

describe("signed strings", () => {
  test("[HELLO-10] the hello", () => {
    const hello = { meshId: "mesh-1", memberId: "member-1", pubkey: A, timestamp: TIMESTAMP };
    expect(helloString(hello)).toBe(`mesh-1|member-1|${A}|1700000000000`);
  });

  test("[HELLO-10] the session proof", () => {
    const hello = { meshId: "mesh-1", pubkey: A, sessionPubkey: S, timestamp: TIMESTAMP };
    expect(sessionProofString(hello)).toBe(`parlatory-session|mesh-1|${A}|${S}|1700000000000`);
  });

  test("[CRYPTO-8] the multicast", () => {
    const header = {
      meshId: "mesh-1",
      senderPubkey: S,
      targetSpec: "@frontend",
      clientMessageId: "cm-1",
      sentAt: "2026-01-02T03:04:05.678Z",
    };
    expect(multicastString(header, "c57d")).toBe(
      `parlatory-multicast|mesh-1|${S}|@frontend|cm-1|2026-01-02T03:04:05.678Z|c57d`,
    );
  });

  test("[HTTP-5] the owner request and its header", () => {
    const request = { method: "PATCH", path: "/api/v1/meshes/mesh-1/policy", bodyHash: "00ff", timestamp: TIMESTAMP };
    expect(ownerRequestString(request)).toBe("parlatory-owner|PATCH|/api/v1/meshes/mesh-1/policy|00ff|1700000000000");
    const signature = "ab".repeat(64);
    expect(parseOwnerHeader(ownerHeader(TIMESTAMP, signature))).toEqual({ timestamp: TIMESTAMP, signature });
  });

  test.each([
    "",
    ".",
    `1.${"ab".repeat(63)}`,
    `1.${"AB".repeat(64)}`,
    `-1.${"ab".repeat(64)}`,
    `01.${"ab".repeat(64)}`,
    `1e3.${"ab".repeat(64)}`,
    ` 1.${"ab".repeat(64)}`,
    `9999999999999999.${"ab".repeat(64)}`,
  ])("[HTTP-5] %j is no owner header", (value) => {
    expect(parseOwnerHeader(value)).toBeUndefined();
  });

  test("[CRYPTO-6] the key of a group is named by the bare name, that of everybody by *", () => {
    expect(groupKeyInfo("@frontend")).toBe("parlatory-group|frontend");
    expect(groupKeyInfo("*")).toBe("parlatory-group|*");
    expect(groupKeyInfo("@all")).toBe("parlatory-group|*");
  });

  test("[INV-5] the join secret is of the prefixed token", () => {
    expect(joinSecretInput("abc")).toBe("parlatory-join|abc");
  });
});

describe("fingerprint input", () => {
  const body = { nonce: "bm9uY2U=", ciphertext: "Y2lwaGVy" };

  test("[SEND-7] fills in the defaults of a direct send", () => {
    expect(fingerprintInput({ targetSpec: A, ...body })).toBe(
      `["${A}","next","box","bm9uY2U=","Y2lwaGVy","","","",false]`,
    );
  });

  test("[SEND-7] fills in the defaults of a multicast, null being absent", () => {
    const send = {
      targetSpec: "@ops",
      ...body,
      priority: null,
      enc: null,
      replyTo: null,
      sig: null,
      sentAt: null,
      includeOffline: null,
    };
    expect(fingerprintInput(send)).toBe('["@ops","next","none","bm9uY2U=","Y2lwaGVy","","","",false]');
  });

  test("[SEND-7] keeps every field given, each changing the text", () => {
    const send = {
      targetSpec: "*",
      ...body,
      priority: "now",
      enc: "group_box",
      replyTo: "m1",
      sig: "s",
      sentAt: "t",
      includeOffline: true,
    };
    expect(fingerprintInput(send)).toBe('["*","now","group_box","bm9uY2U=","Y2lwaGVy","m1","s","t",true]');
  });
});
