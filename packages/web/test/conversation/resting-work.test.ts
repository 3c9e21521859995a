import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RestingWork } from "../../src/conversation/scroll/resting-work.ts";

let done: string[];
let work: RestingWork;

beforeEach(() => {
  vi.useFakeTimers();
  done = [];
  work = new RestingWork();
});
afterEach(() => {
  vi.useRealTimers();
});

test("work waits for as long as something is scrolled, and is done in its order when that rests", () => {
  work.add(() => done.push("one"));
  work.add(() => done.push("two"));
  for (let frame = 0; frame < 100; frame += 1) {
    work.scrolled();
    vi.advanceTimersByTime(16);
  }
  expect(done).toEqual([]);
  vi.runAllTimers();
  expect(done).toEqual(["one", "two"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a scroll between two pieces puts off the second one", () => {
  work.add(() => {
    done.push("one");
    work.scrolled();
  });
  work.add(() => done.push("two"));
  vi.advanceTimersByTime(160);
  expect(done).toEqual(["one"]);
  vi.runAllTimers();
  expect(done).toEqual(["one", "two"]);
});

test("what is taken back is not done, and what comes later is", () => {
  const takeBack = work.add(() => done.push("gone"));
  takeBack();
  vi.runAllTimers();
  work.add(() => done.push("later"));
  vi.runAllTimers();
  expect(done).toEqual(["later"]);
});
