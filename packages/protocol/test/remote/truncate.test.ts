import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prefixOfBytes, suffixOfBytes, truncateMiddle, utf8Bytes } from "../../src/remote/truncate.ts";

const encoder = new TextEncoder();
const sizeOf = (text: string): number => encoder.encode(text).length;
const anyText = fc.string({ unit: "binary", maxLength: 400 }).map((text) => text.repeat(1 + (text.length % 7)));

describe("sizes and cuts", () => {
  test("[TRUNC-1] sizes are bytes of UTF-8", () => {
    expect(["a", "é", "€", "🛒", "\ud83d", ""].map(utf8Bytes)).toEqual([1, 2, 3, 4, 3, 0]);
    fc.assert(fc.property(anyText, (text) => utf8Bytes(text) === sizeOf(text)));
  });

  test("[TRUNC-1] a cut falls between code points, and is the longest one", () => {
    expect([
      prefixOfBytes("🛒🛒", 7),
      prefixOfBytes("a🛒", 4),
      suffixOfBytes("🛒é", 5),
      suffixOfBytes("🛒é", 6),
    ]).toEqual(["🛒", "a", "é", "🛒é"]);
    fc.assert(
      fc.property(anyText, fc.nat(1_200), (text, limit) => {
        const prefix = prefixOfBytes(text, limit);
        const suffix = suffixOfBytes(text, limit);
        expect(text.startsWith(prefix) && text.endsWith(suffix)).toBe(true);
        for (const part of [prefix, suffix]) expect(sizeOf(part)).toBeLessThanOrEqual(limit);
        const next = [...text.slice(prefix.length)][0];
        expect(next === undefined || sizeOf(prefix + next) > limit).toBe(true);
        const before = [...text.slice(0, text.length - suffix.length)].at(-1);
        expect(before === undefined || sizeOf(before + suffix) > limit).toBe(true);
        for (const at of [prefix.length, text.length - suffix.length]) {
          expect(/[\ud800-\udbff]/.test(text[at - 1] ?? "") && /[\udc00-\udfff]/.test(text[at] ?? "")).toBe(false);
        }
      }),
    );
  });
});

describe("truncation in the middle", () => {
  test("[TRUNC-2] a text within the limit is unchanged", () => {
    for (const text of ["", "abc", "é".repeat(50)]) expect(truncateMiddle(text, sizeOf(text))).toBe(text);
  });

  test("[TRUNC-2] head, marker with the kilobytes that are left out, tail", () => {
    const text = `${"a".repeat(5_000)}${"b".repeat(5_000)}`;
    const marker = "\n\n... [truncated ~7 KB] ...\n\n";
    const side = Math.floor((2_000 - marker.length) / 2);
    expect(truncateMiddle(text, 2_000)).toBe(`${"a".repeat(side)}${marker}${"b".repeat(side)}`);
    expect(truncateMiddle("x".repeat(101), 100)).toContain("[truncated ~0 KB]");
    expect(truncateMiddle("x".repeat(1_124), 100)).toContain("[truncated ~1 KB]");
  });

  test("[TRUNC-2] head and tail are as long as code points allow", () => {
    const marker = "\n\n... [truncated ~0 KB] ...\n\n";
    expect(truncateMiddle(`${"🛒".repeat(20)}${"é".repeat(20)}`, 50)).toBe(`🛒🛒${marker}${"é".repeat(5)}`);
  });

  test("[TRUNC-3] where the marker and a character on each side have no room, the longest prefix", () => {
    expect(truncateMiddle("abcdefghijklmnopqrstuvwxyz".repeat(2), 28)).toBe("abcdefghijklmnopqrstuvwxyzab");
    expect(truncateMiddle("🛒".repeat(20), 30)).toBe("🛒".repeat(7));
    expect(truncateMiddle("🛒".repeat(20), 3)).toBe("");
    expect(truncateMiddle("abc", 0)).toBe("");
  });

  test("[TRUNC-2] [TRUNC-3] the result never exceeds the limit, and is the text's own beginning and end", () => {
    fc.assert(
      fc.property(anyText, fc.nat(3_000), (text, limit) => {
        const cut = truncateMiddle(text, limit);
        expect(sizeOf(cut)).toBeLessThanOrEqual(limit);
        expect(truncateMiddle(text, limit)).toBe(cut);
        const isWhole = sizeOf(text) <= limit;
        expect(cut === text).toBe(isWhole);
        const [head = "", tail = ""] = isWhole ? [text] : cut.split(/\n\n\.\.\. \[truncated ~\d+ KB\] \.\.\.\n\n/);
        expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
