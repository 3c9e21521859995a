import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ListRow } from "../../src/conversation/rows/tail-row.ts";
import { RowPreparer } from "../../src/conversation/scroll/row-preparer.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A row that tells when its text is read. */
function rowThatTells(index: number, read: number[]): ListRow {
  return {
    type: "reply",
    key: `m:${index}`,
    seq: index + 1,
    seqs: [index + 1],
    at: "2026-11-29T12:00:00.000Z",
    isCut: false,
    get text() {
      read.push(index);
      return `Reply **${index}**`;
    },
  };
}

test("rows about those that are drawn are read once, and no others", () => {
  const read: number[] = [];
  const rows = Array.from({ length: 500 }, (_, index) => rowThatTells(index, read));
  const rowAt = (index: number): ListRow | undefined => rows[index];
  const preparer = new RowPreparer();
  preparer.around(200, 210, rowAt);
  expect(read).toEqual([]);
  vi.runAllTimers();
  expect(read).toEqual(Array.from({ length: 91 }, (_, index) => 160 + index));
  preparer.around(205, 215, rowAt);
  vi.runAllTimers();
  expect(read.slice(91)).toEqual([251, 252, 253, 254, 255]);
});

test("at the ends there is nothing more to read", () => {
  const read: number[] = [];
  const rows = Array.from({ length: 3 }, (_, index) => rowThatTells(index, read));
  new RowPreparer().around(0, 2, (index) => rows[index]);
  vi.runAllTimers();
  expect(read).toEqual([0, 1, 2]);
});
