import { expect, test } from "vitest";
import fc from "fast-check";
import { SeqRanges } from "../../src/remote/history/seq-ranges.ts";
import { SessionView } from "../../src/remote/history/session-view.ts";
import { LOG, SESSION, history, item, items } from "./support/remote-fixture.ts";

const seqsOf = (view: SessionView): number[] => view.messages.map(({ seq }) => seq);
const viewOf = (...frames: Parameters<SessionView["merge"]>[0][]): SessionView => {
  const view = new SessionView(SESSION);
  for (const frame of frames) view.merge(frame);
  return view;
};
const other = "0000000000000001";

test("[CLIENT-3] a contiguous push is appended, and the cursor is its number and id", () => {
  const view = viewOf(history(items(80, 90)));
  const { added, wasReset } = view.merge(history(items(91, 92), { live: true }));

  expect({ added: added.map(({ seq }) => seq), wasReset }).toEqual({ added: [91, 92], wasReset: false });
  expect(view.cursor).toEqual({ logId: LOG, seq: 92, messageId: "m-92" });
  expect(view.missing).toEqual([]);
});

test("[CLIENT-3] after a jump both parts are kept, and the cursor stays before the hole until it is filled", () => {
  const view = viewOf(history(items(80, 90)), history(items(95, 96), { live: true }));

  expect(seqsOf(view)).toEqual([80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 95, 96]);
  expect(view.cursor?.seq).toBe(90);
  expect(view.missing).toEqual([{ afterSeq: 90, beforeSeq: 95 }]);

  view.merge(history(items(91, 94), { end_seq: 96 }));
  expect(seqsOf(view)).toEqual(items(80, 96).map(({ seq }) => seq));
  expect({ seq: view.cursor?.seq, missing: view.missing }).toEqual({ seq: 96, missing: [] });
});

test("[CLIENT-3] the cursor follows numbers and never timestamps", () => {
  const view = viewOf(history([item(1, { timestamp: "2030-01-01T00:00:00.000Z" }), item(2)]));

  expect(view.cursor).toEqual({ logId: LOG, seq: 2, messageId: "m-2" });
});

test("[CLIENT-3] a known number and a known id are ignored, also with another text", () => {
  const view = viewOf(history(items(1, 3)));
  const { added } = view.merge(history([item(2, { text: "other" }), item(4, { id: "m-3" })], { end_seq: 3 }));

  expect(added).toEqual([]);
  expect(view.messages).toEqual(items(1, 3));
});

test.each([
  ["another log_id", { log_id: other }],
  ["log_reset", { log_reset: true as const }],
  ["a cursor beyond the end", { gap: { reason: "client_ahead" as const, after_seq: 9, before_seq: 10, count: 0 } }],
])("[CLIENT-3] %s drops what was known and takes the new log", (_why, changes) => {
  const view = viewOf(history(items(1, 9)));
  const { added, wasReset } = view.merge(history([item(1, { id: "new" })], changes));

  expect({ ids: added.map(({ id }) => id), wasReset }).toEqual({ ids: ["new"], wasReset: true });
  expect(view.messages).toHaveLength(1);
  expect(view.cursor).toEqual({ logId: "log_id" in changes ? changes.log_id : LOG, seq: 1, messageId: "new" });
});

test("[CLIENT-3] the first log of a view is no reset", () => {
  expect(new SessionView(SESSION).merge(history(items(1, 2), { log_reset: true })).wasReset).toBe(false);
});

test("[CLIENT-3] an empty answer changes nothing, but tells of an end that is not reached", () => {
  const view = viewOf(history(items(1, 5)));
  const slow = { reason: "slow_client" as const, after_seq: 5, before_seq: 9, count: 3 };

  expect(view.merge(history([], { end_seq: 5 }))).toEqual({ added: [], wasReset: false });
  expect(view.missing).toEqual([]);
  expect(view.merge(history([], { end_seq: 8, gap: slow, is_complete: false }))).toEqual({
    added: [],
    wasReset: false,
  });
  expect(view.messages).toEqual(items(1, 5));
  expect(view.missing).toEqual([{ afterSeq: 5, beforeSeq: null }]);
});

test("[CLIENT-3] an empty answer of another log takes nothing away before that log is seen, unless it is empty", () => {
  const view = viewOf(history(items(1, 5)));

  view.merge(history([], { end_seq: 3, log_id: other }));
  expect(view.messages).toEqual(items(1, 5));
  expect(view.missing).toEqual([{ afterSeq: 5, beforeSeq: null }]);

  expect(view.merge(history([], { end_seq: 0, log_id: other, log_reset: true }))).toEqual({
    added: [],
    wasReset: true,
  });
  expect({ messages: view.messages, missing: view.missing }).toEqual({ messages: [], missing: [] });
});

test("[CLIENT-4] a part the server no longer holds is no hole", () => {
  const view = viewOf(history(items(1, 5)));
  view.merge(history(items(9, 10), { gap: { reason: "pruned", after_seq: 5, before_seq: 9, count: 3 } }));

  expect({ missing: view.missing, seq: view.cursor?.seq }).toEqual({ missing: [], seq: 10 });
});

test("[CLIENT-3] older pages go before, and has_more of the oldest page says whether there are more", () => {
  const view = viewOf(history(items(80, 90)));
  expect(view.hasOlder).toBe(true);
  view.merge(history(items(1, 79), { end_seq: 90, has_more: false }));

  expect(view.messages).toEqual(items(1, 90));
  expect({ hasOlder: view.hasOlder, seq: view.cursor?.seq }).toEqual({ hasOlder: false, seq: 90 });
});

test("a view that is full lets the oldest go and can load them again", () => {
  const view = new SessionView(SESSION, { maxMessages: 4 });
  view.merge(history(items(1, 3)));
  view.merge(history(items(4, 6), { live: true }));

  expect(seqsOf(view)).toEqual([3, 4, 5, 6]);
  expect({ hasOlder: view.hasOlder, missing: view.missing, seq: view.cursor?.seq }).toEqual({
    hasOlder: true,
    missing: [],
    seq: 6,
  });
});

test("[CLIENT-3] a snapshot holds what is before the first hole, and is gone on from", () => {
  const view = viewOf(history(items(5, 8)), history(items(12, 13), { live: true }));
  const snapshot = view.snapshot();
  const again = new SessionView(SESSION, { snapshot });

  expect(again.messages).toEqual(items(5, 8));
  expect({ cursor: again.cursor, hasOlder: again.hasOlder }).toEqual({ cursor: view.cursor, hasOlder: true });
});

test("[CLIENT-3] frames of one log in any order, any number of times, give the same history", () => {
  const size = 30;
  const frame = fc
    .tuple(fc.integer({ min: 1, max: size }), fc.integer({ min: 0, max: 8 }), fc.boolean())
    .map(([first, more, live]) => history(items(first, Math.min(size, first + more)), { live, end_seq: size }));
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 30 }), (frames) => {
      const view = viewOf(...frames);
      const known = new Set(frames.flatMap(({ messages }) => messages.map(({ seq }) => seq)));
      const expected = [...known].toSorted((a, b) => a - b);
      let contiguous = expected[0] ?? 0;
      while (known.has(contiguous + 1)) contiguous += 1;

      expect(seqsOf(view)).toEqual(expected);
      expect(view.cursor?.seq).toBe(contiguous);
      const holes = view.missing.flatMap(({ afterSeq, beforeSeq }) => items(afterSeq + 1, (beforeSeq ?? size + 1) - 1));
      const all = new Set([...expected, ...holes.map(({ seq }) => seq)]);
      expect([...all].toSorted((a, b) => a - b)).toEqual(items(expected[0] ?? 0, size).map(({ seq }) => seq));
    }),
  );
});

test("ranges that are added in any order cover exactly what was added", () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 5 }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), fc.integer({ min: 1, max: 60 }), (added, cutAt) => {
      const ranges = new SeqRanges();
      const expected = new Set<number>();
      for (const [first, more] of added) {
        ranges.add(first, first + more);
        for (let seq = first; seq <= first + more; seq += 1) expected.add(seq);
      }
      ranges.dropBelow(cutAt);
      for (let seq = 1; seq <= 70; seq += 1) expect(ranges.has(seq)).toBe(expected.has(seq) && seq >= cutAt);
      for (const [index, { first }] of ranges.list.entries()) {
        expect(first).toBeGreaterThan((ranges.list[index - 1]?.last ?? -1) + 1);
      }
    }),
  );
});
