import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startRunLimit } from "../../src/handlers/run-limit.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function start(seconds: number, signal = new AbortController().signal): ReturnType<typeof startRunLimit> {
  return startRunLimit({ monotonicMs: () => performance.now(), signal }, seconds);
}

test.each([0, -1, -1e300])("[LOOP-5] a limit of %d s is reached before anything starts", (seconds) => {
  expect(start(seconds)).toMatchObject({ cause: "limit", signal: { aborted: true } });
});

test("[ARG-5] the smallest limit is reached, but not before the run has started", () => {
  const limit = start(1e-9);
  expect(limit.cause).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(limit.cause).toBe("limit");
});

test.each([1e9, 1e300, Number.MAX_VALUE])("[ARG-5] a limit of %d s does not overflow a timer", (seconds) => {
  const limit = start(seconds);
  vi.advanceTimersByTime(2 ** 31);
  expect(limit.cause).toBeUndefined();
  limit.close();
  expect(vi.getTimerCount()).toBe(0);
});

test("[ARG-5] a limit longer than one timer is reached when it is due", () => {
  const seconds = 3_000_000;
  const limit = start(seconds);
  vi.advanceTimersByTime(seconds * 1000 - 1);
  expect(limit.cause).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(limit).toMatchObject({ cause: "limit", signal: { aborted: true } });
});

test("[CAN-1] the first cause decides, later ones change nothing", () => {
  const controller = new AbortController();
  const limit = start(1, controller.signal);
  controller.abort();
  vi.advanceTimersByTime(2000);
  expect(limit.cause).toBe("signal");

  const other = new AbortController();
  const late = start(1, other.signal);
  vi.advanceTimersByTime(1000);
  other.abort();
  expect(late.cause).toBe("limit");
});

test("[CAN-1] a signal that came before is a cause at once", () => {
  expect(start(5, AbortSignal.abort()).cause).toBe("signal");
});
