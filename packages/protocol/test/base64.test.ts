import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "../src/base64.ts";

describe("base64", () => {
  test("[CRYPTO-5] both forms are those of Node, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(["a", "aGk", "aGk==", "aG k=", "aGl=", "aGk=\n", "a-_=", "=", "é"])(
    "[CRYPTO-5] %j is not standard base64",
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );

  test.each(["a", "aGk=", "aG k", "aGl", "a+/b", "é"])("[INV-1] %j is not base64url", (text) => {
    expect(decodeBase64Url(text)).toBeUndefined();
  });

  test("[CRYPTO-5] decoding any text is a value, never thrown", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bytes = decodeBase64(text);
        expect(bytes === undefined || encodeBase64(bytes) === text).toBe(true);
      }),
    );
  });
});
