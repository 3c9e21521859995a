import fc from "fast-check";
import { expect, test } from "vitest";
import { StepIndex, bucketOf, coversSeq } from "../../src/store/ledger-offsets.ts";
import { LEDGER_BUCKET } from "../../src/store/store.ts";

/** The offsets as a caller writes them: rising ranges. */
function toRanges(offsets: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const offset of offsets) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === offset - 1) last[1] = offset;
    else ranges.push([offset, offset]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

test("[DLV-1] ranges cover exactly the positions they name", () => {
  const offsetSets = fc
    .uniqueArray(fc.integer({ min: 0, max: LEDGER_BUCKET - 1 }), { minLength: 1 })
    .map((set) => set.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(offsetSets, fc.integer({ min: 0, max: 1e9 }), (offsets, bucket) => {
      const text = toRanges(offsets);
      const covered = Array.from({ length: LEDGER_BUCKET }, (_, offset) => offset).filter((offset) =>
        coversSeq(text, bucket * LEDGER_BUCKET + offset),
      );
      expect(covered).toEqual(offsets);
      expect(bucketOf(bucket * LEDGER_BUCKET + LEDGER_BUCKET - 1)).toBe(bucket);
    }),
  );
});

test("[DLV-16] steps come by time, those of one instant as they were noted, equal ones once", () => {
  const step = { rid: 1, bucket: 0, offsets: "0-9" };
  const index = new StepIndex([
    { ...step, state: "surfaced", reason: "client_ack", at: 5 },
    { ...step, state: "accepted", at: 1 },
    { ...step, state: "offered", reason: "push", at: 1 },
    { ...step, state: "offered", reason: "push", at: 1 },
    { ...step, state: "offered", reason: "redelivery", at: 2, offsets: "3" },
    { ...step, rid: 2, state: "dead", at: 1 },
  ]);
  expect(index.stepsOf(1, 4)).toEqual([
    { state: "accepted", at: 1 },
    { state: "offered", reason: "push", at: 1 },
    { state: "surfaced", reason: "client_ack", at: 5 },
  ]);
  expect(index.stepsOf(1, 3)).toHaveLength(4);
  expect(index.stepsOf(1, 10)).toEqual([]);
  expect(index.stepsOf(1, LEDGER_BUCKET + 3)).toEqual([]);
  expect(index.stepsOf(3, 3)).toEqual([]);
});
