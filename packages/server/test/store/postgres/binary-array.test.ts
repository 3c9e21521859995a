import { expect, test } from "vitest";
import { instantArray, int4Array, int8Array, textArray } from "../../../src/store/postgres/binary-array.ts";

/** Reads what `array_send` of the server would write, element by element. */
function readArray(array: Buffer): { type: number; elements: (Buffer | undefined)[] } {
  expect([array.readInt32BE(0), array.readInt32BE(16)]).toEqual([1, 1]);
  const elements: (Buffer | undefined)[] = [];
  let at = 20;
  for (let i = 0; i < array.readInt32BE(12); i++) {
    const length = array.readInt32BE(at);
    at += 4;
    elements.push(length < 0 ? undefined : array.subarray(at, at + length));
    at += Math.max(length, 0);
  }
  expect(at).toBe(array.length);
  return { type: array.readInt32BE(8), elements };
}

test("texts stand with their length in bytes, absent ones as null and empty ones as empty", () => {
  const texts = ["abc", undefined, "", "žluť 🐎", 'NULL,{"}\\'];
  const { type, elements } = readArray(textArray(texts));
  expect(type).toBe(25);
  expect(elements.map((element) => element?.toString("utf8"))).toEqual(texts);
});

test("whole numbers keep their value up to 2^53 and below zero", () => {
  const wide = [0, 1, -1, 2 ** 32, 2 ** 32 - 1, -(2 ** 32) - 5, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  const { type, elements } = readArray(int8Array(wide));
  expect(type).toBe(20);
  expect(elements.map((element) => Number(element?.readBigInt64BE()))).toEqual(wide);
  const narrow = [0, -1, 2 ** 31 - 1, -(2 ** 31)];
  expect(readArray(int4Array(narrow)).elements.map((element) => element?.readInt32BE())).toEqual(narrow);
});

test("instants are microseconds since the year 2000", () => {
  const { type, elements } = readArray(instantArray([Date.UTC(2000, 0, 1), Date.UTC(2000, 0, 1) + 1, 0]));
  expect(type).toBe(1184);
  expect(elements.map((element) => Number(element?.readBigInt64BE()))).toEqual([0, 1_000, -946_684_800_000_000]);
});
