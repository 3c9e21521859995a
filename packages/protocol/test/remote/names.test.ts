import { describe, expect, test } from "vitest";
import { lowerUuid, parseClientSessionId, parseUuid, toWireTime } from "../../src/remote/names.ts";

const UPPER = "1F4A0F0E-6F0B-4F63-8F0F-5A9A3C1D2E77";

describe("UUIDs", () => {
  test("[NAME-3] come out in lower case, whatever their version", () => {
    expect(parseUuid(UPPER)).toBe(UPPER.toLowerCase());
    expect(parseUuid("00000000-0000-0000-0000-000000000000")).toBe("00000000-0000-0000-0000-000000000000");
  });

  test.each([
    "",
    "abc",
    UPPER.slice(1),
    `${UPPER}0`,
    `{${UPPER}}`,
    UPPER.replaceAll("-", ""),
    UPPER.replace("F", "G"),
    ` ${UPPER}`,
    `${UPPER}\n`,
  ])("[NAME-3] %j is none", (text) => {
    expect(parseUuid(text)).toBeUndefined();
    expect(lowerUuid(text)).toBe(text);
  });
});

describe("ids of client sessions", () => {
  test("[NAME-4] [NAME-3] a UUID is compared in lower case, another string exactly", () => {
    expect(parseClientSessionId(UPPER)).toBe(UPPER.toLowerCase());
    expect(parseClientSessionId("Annas.Phone_1:2-3")).toBe("Annas.Phone_1:2-3");
    expect(parseClientSessionId("x".repeat(128))).toBe("x".repeat(128));
  });

  test.each(["", "x".repeat(129), "with space", "slash/", "ümlaut", "new\nline"])("[NAME-4] %j is refused", (text) => {
    expect(parseClientSessionId(text)).toBeUndefined();
  });
});

test("[NAME-5] a time has three digits of a second's fraction and a Z", () => {
  expect(toWireTime(Date.UTC(2026, 2, 1, 9))).toBe("2026-03-01T09:00:00.000Z");
  expect(toWireTime(Date.UTC(2026, 2, 1, 9, 0, 7, 20))).toBe("2026-03-01T09:00:07.020Z");
});
