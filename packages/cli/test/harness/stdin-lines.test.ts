import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { readStreamLines } from "../../src/harness/stdin-lines.ts";

const never = new AbortController().signal;

async function linesOf(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  for await (const line of readStreamLines(stream, never)) lines.push(line);
  return lines;
}

test("lines come whole however they are cut, without their ends, the last one too", async () => {
  expect(await linesOf("one\ntw", "o\r\n\nlast")).toEqual(["one", "two", "", "last"]);
  expect(await linesOf("one\n")).toEqual(["one"]);
  expect(await linesOf()).toEqual([]);
  const euro = Buffer.from("€\n");
  expect(await linesOf(euro.subarray(0, 1), euro.subarray(1))).toEqual(["€"]);
});

test("[ARG-4] what is no UTF-8 is invalid input", async () => {
  await expect(linesOf(Buffer.from([0x61, 0x0a, 0xff, 0x0a]))).rejects.toMatchObject({ kind: "invalid_input" });
  await expect(linesOf(Buffer.from([0xe2, 0x82]))).rejects.toMatchObject({ kind: "invalid_input" });
});

test("a line comes as soon as it is there, and waiting ends with the signal", async () => {
  const stream = new PassThrough();
  const stop = new AbortController();
  const lines = readStreamLines(stream, stop.signal);
  stream.write("now\nand th");
  expect(await lines.next()).toEqual({ value: "now", done: false });
  const waiting = lines.next();
  stop.abort();
  expect(await waiting).toEqual({ value: undefined, done: true });
  expect(["readable", "end", "close", "error"].map((event) => stream.listenerCount(event))).toEqual([0, 0, 0, 0]);
  stream.destroy();
});
