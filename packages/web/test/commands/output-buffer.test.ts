import type { CommandLine } from "@parlatory/client";
import { expect, test } from "vitest";
import { toLinePieces } from "../../src/commands/output/line-pieces.ts";
import { OutputBuffer } from "../../src/commands/output/output-buffer.ts";
import { OutputSearch } from "../../src/commands/output/output-search.ts";

const line = (seq: number, text: string, changes: Partial<CommandLine> = {}): CommandLine => ({
  seq,
  text,
  stream: "stdout",
  isPartial: false,
  ...changes,
});
const numbered = (from: number, count: number): CommandLine[] =>
  Array.from({ length: count }, (_, index) => line(from + index, `line ${from + index}`));
const textAt = (output: OutputBuffer, place: number): string | undefined => {
  const found = output.at(place);
  return found?.kind === "line" ? found.text : undefined;
};

test("[CMD-11] pieces of a line are one line, also when the other stream prints between them", () => {
  const output = new OutputBuffer();
  output.add([line(1, "\u001b[3", { isPartial: true }), line(2, "careful", { stream: "stderr" })]);
  output.add([line(1, "1mred", { isPartial: true })]);
  output.add([line(1, " end"), line(3, "still red")]);
  expect(output.text()).toBe("red end\ncareful\nstill red\n");
  expect(output.at(2)).toMatchObject({ spans: [{ style: { ink: "red" } }] });
  expect(output.at(1)).toMatchObject({ spans: [], stream: "stderr" });
});

test("the oldest lines are cut, and places stay what they were", () => {
  const output = new OutputBuffer();
  for (let from = 1; from <= 250_000; from += 10_000) output.add(numbered(from, 10_000));
  expect(output.endPlace).toBe(250_000);
  expect(output.length).toBeLessThanOrEqual(200_000);
  expect(output.firstPlace).toBe(250_000 - output.length);
  expect(textAt(output, 249_999)).toBe("line 250000");
  expect(textAt(output, output.firstPlace - 1)).toBeUndefined();
  output.keepAtMost(10_000);
  expect(output.text().length).toBeLessThan(10_000);
  expect(textAt(output, 249_999)).toBe("line 250000");
});

test("a line without an end takes a bounded part, and what is left out is counted", () => {
  const output = new OutputBuffer();
  for (let piece = 0; piece < 5; piece += 1) output.add([line(1, "x".repeat(1_000_000), { isPartial: true })]);
  output.add([line(1, "end")]);
  const found = output.at(0);
  if (found?.kind !== "line") throw new Error("there is no line");
  expect(found.text.length + found.hiddenChars).toBe(5_000_003);
  expect(found.text.length).toBe(20_000);
});

test("[CMDHIST-8] lost lines stand where they were", () => {
  const output = new OutputBuffer();
  output.add([line(1, "1")]);
  output.lose(2, 9);
  output.add([line(10, "10")]);
  expect(output.at(1)).toEqual({ kind: "lost", fromSeq: 2, toSeq: 9 });
  expect(output.text()).toBe("1\n10\n");
});

test("a search goes on with what comes, and forgets what is cut", () => {
  const output = new OutputBuffer();
  const search = new OutputSearch("NE 1");
  output.add(numbered(1, 12));
  search.update(output);
  expect(search.matches.map(({ place }) => place)).toEqual([0, 9, 10, 11]);
  output.add([line(13, "ne 1 ne 1")]);
  search.update(output);
  expect(search.matches.slice(4)).toEqual([
    { place: 12, start: 0 },
    { place: 12, start: 5 },
  ]);
  output.keepAtMost(60);
  search.update(output);
  expect(search.matches.every(({ place }) => place >= output.firstPlace)).toBe(true);
  expect(search.matches).toHaveLength(2);
});

test("a match in a line that grows is counted once", () => {
  const output = new OutputBuffer();
  const search = new OutputSearch("ab");
  output.add([line(1, "ab a", { isPartial: true })]);
  search.update(output);
  output.add([line(1, "b")]);
  search.update(output);
  expect(search.matches).toEqual([
    { place: 0, start: 0 },
    { place: 0, start: 3 },
  ]);
});

test("colours and matches that overlap make pieces of one look each", () => {
  const { spans } = ((): { spans: Parameters<typeof toLinePieces>[1] } => {
    const output = new OutputBuffer();
    output.add([line(1, "ab\u001b[31mcd\u001b[0mef")]);
    const found = output.at(0);
    return { spans: found?.kind === "line" ? found.spans : [] };
  })();
  const pieces = toLinePieces("abcdef", spans, [{ start: 1, end: 3 }]);
  expect(pieces.map(({ text, style, match }) => [text, style?.ink, match])).toEqual([
    ["a", undefined, undefined],
    ["b", undefined, 0],
    ["c", "red", 0],
    ["d", "red", undefined],
    ["ef", undefined, undefined],
  ]);
  expect(toLinePieces("", [], [])).toEqual([]);
});
