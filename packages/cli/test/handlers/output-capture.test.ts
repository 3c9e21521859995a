import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutputCapture } from "../../src/handlers/output-capture.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

function capture(...chunks: readonly (string | Buffer)[]): ReturnType<OutputCapture["read"]> {
  const output = new OutputCapture();
  for (const chunk of chunks) output.push(Buffer.from(chunk));
  return output.read();
}

/** Cuts `bytes` at the given places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

/** The text a capture of more than 1 MiB must give: first 256 KiB, a line that counts, last 768 KiB. */
function expectedOf(bytes: Buffer): string {
  const left = bytes.length - MiB;
  const head = bytes.toString("latin1", 0, 256 * KiB);
  const tail = bytes.toString("latin1", bytes.length - 768 * KiB);
  const lineBreak = head.endsWith("\n") ? "" : "\n";
  return `${head}${lineBreak}[parl: ${left} bytes of output are left out here]\n${tail}`;
}

describe("OutputCapture", () => {
  test("[CMD-exec-command-6] any text comes back whole, however it is cut into chunks", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.nat()), (text, places) => {
        expect(capture(...cutAt(Buffer.from(text), places))).toEqual({ text, truncated: false });
      }),
    );
  });

  test("[CMD-exec-command-6] invalid UTF-8 is replaced the same way, however it is cut into chunks", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(fc.nat()), (bytes, places) => {
        const whole = Buffer.from(bytes);
        const { text } = capture(...cutAt(whole, places));
        expect(text).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole));
      }),
    );
  });

  test("[CMD-exec-command-6] 1 MiB is whole, one byte more is not", () => {
    const bytes = Buffer.alloc(MiB + 1, "0123456789abcdef\n");
    expect(capture(bytes.subarray(0, MiB))).toEqual({ text: bytes.toString("latin1", 0, MiB), truncated: false });
    expect(capture(bytes)).toEqual({ text: expectedOf(bytes), truncated: true });
  });

  test("[CMD-exec-command-6] what is kept does not depend on the chunks", () => {
    const bytes = Buffer.alloc(3 * MiB + 12_345);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = 0x20 + (index % 95);
    const expected = { text: expectedOf(bytes), truncated: true };
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 40 }), (places) => {
        expect(capture(...cutAt(bytes, places))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
    const output = new OutputCapture();
    for (let start = 0; start < bytes.length; start += 997) output.push(bytes.subarray(start, start + 997));
    expect(output.read()).toEqual(expected);
  });

  test("[CMD-exec-command-6] no character is broken where bytes are left out", () => {
    // Three bytes each, so that both borders fall into one.
    const bytes = Buffer.from("漢".repeat(MiB / 2));
    const { text, truncated } = capture(bytes);
    const [head = "", line = "", tail = ""] = text.split("\n");
    const left = Number(/^\[parl: (\d+) bytes of output are left out here\]$/u.exec(line)?.[1]);
    expect(truncated).toBe(true);
    expect(head.replaceAll("漢", "") + tail.replaceAll("漢", "")).toBe("");
    expect(Buffer.byteLength(head) + Buffer.byteLength(tail) + left).toBe(bytes.length);
    expect(256 * KiB - Buffer.byteLength(head)).toBeLessThan(3);
    expect(768 * KiB - Buffer.byteLength(tail)).toBeLessThan(3);
  });

  test("[CMD-exec-command-6] a gigabyte is taken in bounded memory", () => {
    const chunk = Buffer.alloc(MiB, "x");
    const before = process.memoryUsage();
    const output = new OutputCapture();
    for (let count = 0; count < 1024; count += 1) output.push(chunk);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * MiB);
    expect(output.read().text).toContain(`[parl: ${1023 * MiB} bytes of output are left out here]`);
  });
});
