import { expect, test } from "vitest";
import { SeqBacklog } from "../../../src/mesh/delivery/seq-backlog.ts";

function backlogOf(...seqs: number[]): SeqBacklog {
  const backlog = new SeqBacklog();
  for (const seq of seqs) backlog.add(seq);
  return backlog;
}

test("[DLV-14] settled positions come out in the order they went in, with gaps, backwards and twice", () => {
  const seqs = [5, 6, 7, 3, 4, 9, 9, 1];
  const backlog = backlogOf(...seqs);
  expect(backlog.size).toBe(8);
  expect(backlog.oldest(100)).toEqual(seqs);
  expect(backlog.oldest(5)).toEqual([5, 6, 7, 3, 4]);
});

test("[DLV-14] settled positions stay until they are dropped, and dropping goes on in the middle of a run", () => {
  const backlog = backlogOf(1, 2, 3, 4, 8, 9);
  expect(backlog.oldest(2)).toEqual([1, 2]);
  expect(backlog.oldest(2)).toEqual([1, 2]);
  backlog.drop(2);
  backlog.add(10);
  expect([backlog.size, backlog.oldest(9)]).toEqual([5, [3, 4, 8, 9, 10]]);
  backlog.drop(3);
  expect([backlog.size, backlog.oldest(1)]).toEqual([2, [9]]);
  backlog.drop(7);
  expect([backlog.size, backlog.oldest(1)]).toEqual([0, []]);
  backlog.add(11);
  expect(backlog.oldest(1)).toEqual([11]);
});
