import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputSplitter, type OutputBlock } from "../../src/commands/execution/output-splitter.ts";

interface Piece {
  text: string;
  isContinued: boolean;
  isPartial: boolean;
}

function split(chunks: readonly Buffer[], maxLineBytes: number): Piece[] {
  const splitter = new OutputSplitter(maxLineBytes);
  const pieces: Piece[] = [];
  const take = ({ bytes, texts, isContinued, isUnfinished }: OutputBlock): void => {
    expect(bytes.toString()).toBe(texts.map((text) => `${text}\n`).join(""));
    expect(texts.length).toBeGreaterThan(0);
    texts.forEach((text, i) => pieces.push({ text, isContinued: i === 0 && isContinued, isPartial: isUnfinished }));
  };
  // A stream uses its memory again.
  for (const chunk of chunks) {
    const shared = Buffer.from(chunk);
    splitter.push(shared, take);
    shared.fill(0x21);
  }
  splitter.end(take);
  return pieces;
}

/** Pieces of one line put together. */
function joined(pieces: readonly Piece[]): string[] {
  const lines: string[] = [];
  for (const { text, isContinued } of pieces) lines.push(isContinued ? (lines.pop() ?? "") + text : text);
  return lines;
}

/** What the rule says, in the plainest way. */
function expectedLines(bytes: Buffer): string[] {
  const lines = bytes.toString().split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.replace(/\r$/, ""));
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

const bytesOfInterest = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom("a", "bc", "\n", "\r", "\r\n", "é", "€", "😀", "\t", "\u001b[0m", "\uFEFF"),
      },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 4 }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(Buffer.from([0xe2, 0x82]), Buffer.from([0xf0, 0x9f]), Buffer.from([0x80])),
      },
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))));

test("[CMD-11] lines are the same wherever the stream is cut into chunks", () => {
  fc.assert(
    fc.property(bytesOfInterest, fc.array(fc.nat(), { maxLength: 8 }), (bytes, places) => {
      expect(joined(split(cut(bytes, places), 1024))).toEqual(expectedLines(bytes));
    }),
  );
});

test("[CMD-11] long lines come in pieces that depend on the bytes alone and join to the line", () => {
  fc.assert(
    fc.property(
      bytesOfInterest,
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.integer({ min: 4, max: 12 }),
      (bytes, places, max) => {
        const pieces = split(cut(bytes, places), max);
        expect(joined(pieces)).toEqual(expectedLines(bytes));
        expect(pieces).toEqual(split([bytes], max));
        expect(pieces).toEqual(
          split(
            [...bytes].map((byte) => Buffer.from([byte])),
            max,
          ),
        );
        pieces.forEach(({ isPartial }, i) => expect(pieces[i + 1]?.isContinued ?? false).toBe(isPartial));
      },
    ),
  );
});

test("[CMD-11] one carriage return before the newline goes, other control characters stay", () => {
  expect(split([Buffer.from("a\r\r\nb\rc\r\n\0\u0007\u001b[1m\r")], 1024).map(({ text }) => text)).toEqual([
    "a\r",
    "b\rc",
    "\0\u0007\u001b[1m",
  ]);
});

test("[CMD-11] invalid UTF-8 becomes U+FFFD and spoils nothing around it", () => {
  const bytes = Buffer.concat([
    Buffer.from("x"),
    Buffer.from([0xe2, 0x82]),
    Buffer.from("\ny"),
    Buffer.from([0xff]),
    Buffer.from("€\n"),
  ]);
  expect(split([bytes], 1024).map(({ text }) => text)).toEqual(["x\uFFFD", "y\uFFFD€"]);
});

test("[CMD-11] an unfinished line is flushed once it is longer than 1 MiB, between characters", () => {
  const mebibyte = 1024 * 1024;
  const bytes = Buffer.concat([Buffer.alloc(mebibyte - 1, "x"), Buffer.from("€ and on")]);
  const splitter = new OutputSplitter(mebibyte);
  const blocks: OutputBlock[] = [];
  const take = (block: OutputBlock): void => void blocks.push({ ...block, bytes: Buffer.from(block.bytes) });
  for (let at = 0; at < bytes.length; at += 65_536) splitter.push(bytes.subarray(at, at + 65_536), take);
  expect(blocks).toHaveLength(1);
  expect(blocks[0]).toMatchObject({ isContinued: false, isUnfinished: true });
  expect(blocks[0]?.texts[0]?.length).toBe(mebibyte - 1);
  splitter.push(Buffer.from(" to its end\nnext\n"), take);
  expect(blocks.slice(1)).toMatchObject([
    { texts: ["€ and on to its end"], isContinued: true, isUnfinished: false },
    { texts: ["next"], isContinued: false, isUnfinished: false },
  ]);
});

test("[CMD-11] a stream that ends without a newline ends its last line; an empty one has none", () => {
  expect(split([Buffer.from("a\nb")], 1024).map(({ text }) => text)).toEqual(["a", "b"]);
  expect(split([Buffer.from("a\n\n")], 1024).map(({ text }) => text)).toEqual(["a", ""]);
  expect(split([], 1024)).toEqual([]);
});
