import { describe, expect, test } from "vitest";
import { FoldedRuns } from "../../../src/sessions/index/folded-runs.ts";
import { HeldTime } from "../../support/held-time.ts";

/** Runs that end when the test says so. */
function place(): {
  time: HeldTime;
  runs: FoldedRuns;
  starts: number[];
  end: () => void;
  failures: unknown[];
  fail: (error: Error) => void;
} {
  const time = new HeldTime(0);
  const starts: number[] = [];
  const failures: unknown[] = [];
  let running: PromiseWithResolvers<void> | undefined;
  const runs = new FoldedRuns({
    clock: time,
    scheduler: time,
    foldMs: 20,
    run: () => {
      starts.push(time.now());
      running = Promise.withResolvers();
      return running.promise;
    },
    failed: (error) => void failures.push(error),
  });
  return { time, runs, starts, failures, end: () => running?.resolve(), fail: (error) => running?.reject(error) };
}

describe("runs of one file", () => {
  test("[WATCH-3] a change is handled at once; those while it runs are one more run, 20 ms after the first", async () => {
    const { time, runs, starts, end } = place();
    runs.notice();
    expect(starts).toEqual([0]);
    for (let i = 0; i < 5; i++) runs.notice();
    await time.advance(3);
    end();
    await time.settle();
    expect(starts).toEqual([0]);
    await time.advance(17);
    expect(starts).toEqual([0, 20]);
    end();
    await time.advance(100);
    expect(starts).toEqual([0, 20]);
    runs.notice();
    expect(starts).toEqual([0, 20, 120]);
    end();
  });

  test("[WATCH-3] a change within 20 ms after a run that has ended is not lost", async () => {
    const { time, runs, starts, end } = place();
    runs.notice();
    end();
    await time.advance(5);
    runs.notice();
    runs.notice();
    await time.advance(50);
    expect(starts).toEqual([0, 20]);
    end();
  });

  test("[WATCH-3] a change of a run that takes long is followed by another at its end", async () => {
    const { time, runs, starts, end } = place();
    runs.notice();
    await time.advance(100);
    runs.notice();
    end();
    await time.settle();
    expect(starts).toEqual([0, 100]);
    end();
  });

  test("[WATCH-3] who wants it now waits for a run that began afterwards, without the 20 ms", async () => {
    const { time, runs, starts, end } = place();
    runs.notice();
    let isDone = false;
    const done = runs.now().then(() => (isDone = true));
    end();
    await time.settle();
    expect(starts).toEqual([0, 0]);
    expect(isDone).toBe(false);
    end();
    await done;
    await time.advance(100);
    expect(starts).toEqual([0, 0]);
  });

  test("[WATCH-3] a failure is told to who waits, else to who is there for it, and the next change runs again", async () => {
    const { time, runs, starts, failures, end, fail } = place();
    const waiting = runs.now();
    fail(new Error("EIO"));
    await expect(waiting).rejects.toThrow("EIO");
    expect(failures).toEqual([]);
    await time.advance(30);
    runs.notice();
    fail(new Error("EMFILE"));
    await time.advance(30);
    expect(failures).toEqual([new Error("EMFILE")]);
    runs.notice();
    expect(starts).toHaveLength(3);
    end();
  });

  test("[WATCH-3] a clock that was set back holds nothing off", async () => {
    const { time, runs, starts, end } = place();
    await time.advance(1_000);
    runs.notice();
    end();
    await time.settle();
    const now = time.now();
    time.now = () => now - 500;
    runs.notice();
    expect(starts).toHaveLength(2);
    end();
  });

  test("[WATCH-3] closed, it ends with the run under way and begins none", async () => {
    const { time, runs, starts, end } = place();
    runs.notice();
    runs.notice();
    let isClosed = false;
    const closed = runs.close().then(() => (isClosed = true));
    await time.settle();
    expect(isClosed).toBe(false);
    end();
    await closed;
    runs.notice();
    await runs.now();
    await time.advance(100);
    expect(starts).toEqual([0]);
  });
});
