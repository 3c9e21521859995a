import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, cutBlocks } from "../../../src/sessions/history/cut-blocks.ts";
import { fitFrame, fitText, jsonTextBytes } from "../../../src/sessions/history/fit-text.ts";
import { truncateMiddle, type RemoteMessageBlock } from "@parlatory/protocol/remote";
import { filler } from "../log/conversation.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 3_000 }),
  fc.nat(80_000).map((size) => filler(size)),
  fc.nat(20_000).map((size) => `${"\u0003".repeat(size)}${filler(size)}`),
);

describe("a text that has to fit", () => {
  test("[RLIM-4] [TRUNC-2] is whole where it fits, else cut by the rule to a limit that leaves little", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 60_000 }), fc.constantFrom(1, 2), (text, room, copies) => {
        const fitted = fitText(text, room, copies);
        const bytes = copies * jsonTextBytes(fitted);
        expect(bytes).toBeLessThanOrEqual(room);
        const isWhole = copies * jsonTextBytes(text) <= room;
        expect(fitted === text).toBe(isWhole);
        // Some limit gives exactly this text, and a twentieth of a frame's budget is never wasted.
        const size = Buffer.byteLength(fitted);
        const limits = Array.from({ length: 40 }, (_, i) => size + i);
        expect(limits.some((limit) => truncateMiddle(text, limit) === fitted)).toBe(true);
        expect(isWhole ? 0 : room - bytes).toBeLessThanOrEqual(Math.max(204, room * 0.05));
      }),
      { numRuns: 300 },
    );
  });

  test("[RLIM-4] a frame is measured as it is written, aliases and escapes and all", () => {
    const write = (text: string, isCut: boolean): string =>
      JSON.stringify({ text, content: text, ...(isCut ? { truncated: true } : {}) });
    expect(fitFrame("short", 4_096, write)).toEqual({ frame: write("short", false), isCut: false });
    const { frame, isCut } = fitFrame('"\n'.repeat(100_000), 4_096, write);
    expect(isCut).toBe(true);
    expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(4_096);
    expect(Buffer.byteLength(frame)).toBeGreaterThan(4_096 * 0.95);
    expect(JSON.parse(frame)).toMatchObject({ truncated: true });
  });
});

const use = (input: unknown): RemoteMessageBlock => ({ type: "tool_use", id: "toolu_1", name: "Write", input });

describe("blocks that have to fit", () => {
  test("[TRUNC-5] what fits is untouched", () => {
    const blocks = [use({ content: "x".repeat(20_000) })];
    expect(cutBlocks(blocks, 20_480)).toEqual({ blocks, isCut: false });
    expect(cutBlocks(blocks, 20_480).blocks).toBe(blocks);
  });

  test("[TRUNC-5] all leaves are cut to one limit, which is halved until they fit", () => {
    const content = filler(50_000);
    const { blocks, isCut } = cutBlocks([use({ a: { b: [content, content] }, short: "stays", n: 5 })], 20_480);
    expect(isCut).toBe(true);
    const [block] = blocks as readonly { input: { a: { b: string[] }; short: string; n: number } }[];
    // Twice 20,480 and twice 10,240 are too much, with what is around them.
    expect(block?.input.a.b).toEqual([truncateMiddle(content, 5_120), truncateMiddle(content, 5_120)]);
    expect(block?.input).toMatchObject({ short: "stays", n: 5 });
  });

  test("[TRUNC-5] failing that, the largest leaves are named by their size, as few as will do", () => {
    const many = Array.from({ length: 120 }, (_, i) => "x".repeat(300 + i));
    const [block] = cutBlocks([use({ many })], 20_480).blocks as readonly { input: { many: string[] } }[];
    const kept = block?.input.many ?? [];
    expect(kept).toHaveLength(120);
    const omitted = kept.filter((leaf) => leaf.startsWith("[omitted "));
    expect(omitted.length).toBeGreaterThan(0);
    expect(kept.at(-1)).toBe("[omitted 419 bytes]");
    expect(kept[0]).toBe(truncateMiddle("x".repeat(300), 256));
    const size = bytesOf([block]);
    expect(size).toBeLessThanOrEqual(20_480);
    expect(size + 256).toBeGreaterThan(20_480);
  });

  test("[TRUNC-5] [RLIM-2] what cannot fit by its texts alone loses inputs, then blocks", () => {
    const numbers = Array.from({ length: 9_000 }, (_, i) => i);
    expect(cutBlocks([use(numbers), use({ a: 1 })], 20_480).blocks).toEqual([
      use(`[omitted ${bytesOf(numbers)} bytes]`),
      use({ a: 1 }),
    ]);
    const blocks = Array.from({ length: 3_000 }, (): RemoteMessageBlock => ({ type: "text", text: "" }));
    const cut = cutBlocks(blocks, 20_480);
    expect(cut.isCut).toBe(true);
    expect(bytesOf(cut.blocks)).toBeLessThanOrEqual(20_480);
    expect(bytesOf(cut.blocks)).toBeGreaterThan(20_400);
  });

  test("[TRUNC-1] [TRUNC-5] whatever the blocks, they fit and keep their keys", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.jsonValue({ maxDepth: 3 }),
            fc.nat(30_000).map((size) => ({ text: filler(size) })),
          ),
          { maxLength: 12 },
        ),
        fc.integer({ min: 2, max: 21_000 }),
        fc.boolean(),
        (inputs, maxBytes, fine) => {
          const given = inputs.map((input) => use(input));
          const { blocks, isCut } = cutBlocks(given, maxBytes, fine);
          expect(bytesOf(blocks)).toBeLessThanOrEqual(maxBytes);
          expect(isCut).toBe(bytesOf(given) > maxBytes);
          for (const block of blocks) expect(Object.keys(block)).toEqual(["type", "id", "name", "input"]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
