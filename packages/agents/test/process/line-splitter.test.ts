import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "../../src/process/line-splitter.ts";

test("[STR-2] lines come whole, however the bytes were cut", () => {
  const lines = fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, "")));
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 7 }), (expected, size) => {
      const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(""));
      const splitter = new LineSplitter(10_000);
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...splitter.push(bytes.subarray(at, at + size)));
      expect(found).toEqual(expected);
    }),
  );
});

test("[STR-2] a line over the limit is left out and counted, the next one comes", () => {
  const splitter = new LineSplitter(5);
  expect(splitter.push(Buffer.from("12345\n123"))).toEqual(["12345"]);
  expect(splitter.push(Buffer.from("456789"))).toEqual([]);
  expect(splitter.push(Buffer.from("\nok\r\n"))).toEqual(["ok"]);
  expect(splitter.oversized).toBe(1);
});
