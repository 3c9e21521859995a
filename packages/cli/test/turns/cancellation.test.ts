import { describe, expect, test } from "vitest";
import { Cancellation, maxTimerMs, type CancellationOptions } from "../../src/turns/cancellation.ts";
import { FakeClock, settlePromises } from "./support/fake-clock.ts";

const interrupted = (signal: "SIGINT" | "SIGTERM") => ({ cause: "interrupt", signal });

function begin(options: Partial<CancellationOptions> & { readonly limitMs?: number } = {}) {
  const clock = new FakeClock();
  const { limitMs, ...rest } = options;
  const deadlineMs = limitMs === undefined ? undefined : clock.monotonicMs() + limitMs;
  const cancellation = new Cancellation({ clock, graceMs: 100, deadlineMs, ...rest });
  let isOutOfPatience = false;
  void cancellation.outOfPatience.then(() => (isOutOfPatience = true));
  return { clock, cancellation, isOutOfPatience: () => isOutOfPatience };
}

describe("causes", () => {
  test("[CAN-1] [CAN-2] the deadline: who listens acts before the signal is set, then the grace period runs", async () => {
    const { clock, cancellation, isOutOfPatience } = begin({ limitMs: 500 });
    const seen: boolean[] = [];
    cancellation.onStop(() => seen.push(cancellation.signal.aborted));
    await clock.advance(499);
    expect(cancellation.stop).toBeUndefined();

    await clock.advance(1);
    expect(cancellation.stop).toMatchObject({ cause: "deadline", signal: null });
    expect({ seen, isSet: cancellation.signal.aborted }).toEqual({ seen: [false], isSet: true });
    await clock.advance(99);
    expect(isOutOfPatience()).toBe(false);
    await clock.advance(1);
    expect(isOutOfPatience()).toBe(true);
  });

  test("[CAN-1] the first cause decides, later ones change nothing", async () => {
    const controller = new AbortController();
    const { clock, cancellation } = begin({ limitMs: 500, interrupt: controller.signal });
    controller.abort(interrupted("SIGTERM"));
    await clock.advance(1000);

    expect(cancellation.stop).toMatchObject({ cause: "interrupt", signal: "SIGTERM", atMs: 1000 });
  });

  test("[CAN-1] an interrupt after the deadline changes nothing either", async () => {
    const controller = new AbortController();
    const { clock, cancellation, isOutOfPatience } = begin({ limitMs: 10, interrupt: controller.signal });
    await clock.advance(10);
    controller.abort(interrupted("SIGINT"));
    await settlePromises();

    expect(cancellation.stop?.cause).toBe("deadline");
    expect(isOutOfPatience()).toBe(false);
  });

  test("[CAN-1] a signal that came before the run", () => {
    const { cancellation } = begin({ interrupt: AbortSignal.abort(interrupted("SIGINT")) });

    expect(cancellation.check()).toBe(true);
    expect(cancellation.signal.aborted).toBe(true);
  });

  test("[CAN-7] a second signal ends the grace period at once, the deadline's too", async () => {
    const first = new AbortController();
    const second = new AbortController();
    const { clock, isOutOfPatience } = begin({ limitMs: 10, interrupt: first.signal, hurry: second.signal });
    await clock.advance(10);
    second.abort();
    await settlePromises();

    expect(isOutOfPatience()).toBe(true);
  });
});

describe("time", () => {
  test.each([0, -1])("[LOOP-5] a limit of %s ms is over at once", (limitMs) => {
    expect(begin({ limitMs }).cancellation.stop).toMatchObject({ cause: "deadline" });
  });

  test("[LOOP-5] a deadline that passed counts before its timer had a turn", () => {
    const { clock, cancellation } = begin({ limitMs: 5 });
    clock.jump(6);

    expect(cancellation.stop).toBeUndefined();
    expect(cancellation.check()).toBe(true);
    expect(cancellation.stop).toMatchObject({ cause: "deadline" });
  });

  test("[ARG-5] a limit that no timer can take is waited for in parts", async () => {
    const { clock, cancellation } = begin({ limitMs: maxTimerMs + 1000 });
    await clock.advance(maxTimerMs);
    expect(cancellation.stop).toBeUndefined();

    await clock.advance(1000);
    expect(cancellation.stop).toMatchObject({ cause: "deadline" });
  });

  test("[ARG-5] [FI-13] 1e9 seconds, and more than can be counted, start and do not end", async () => {
    for (const limitMs of [1e12, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      const { clock, cancellation } = begin({ limitMs });
      await clock.advance(1000);
      expect(cancellation.stop).toBeUndefined();
      expect(clock.openTimers).toBe(1);
      cancellation.close();
      expect(clock.openTimers).toBe(0);
    }
  });

  test("[CAN-2] what is left of the grace period", async () => {
    const controller = new AbortController();
    const { clock, cancellation } = begin({ interrupt: controller.signal });
    expect(cancellation.graceLeftMs).toBe(100);
    controller.abort(interrupted("SIGINT"));
    await clock.advance(30);

    expect(cancellation.graceLeftMs).toBe(70);
  });

  test("[CAN-2] a grace period of nothing", async () => {
    const { isOutOfPatience } = begin({ limitMs: 0, graceMs: 0 });
    await settlePromises();

    expect(isOutOfPatience()).toBe(true);
  });

  test("[CAN-1] nothing happens after the end", async () => {
    const controller = new AbortController();
    const { clock, cancellation } = begin({ limitMs: 50, interrupt: controller.signal });
    cancellation.close();
    controller.abort(interrupted("SIGINT"));
    await clock.advance(100);

    expect(cancellation.signal.aborted).toBe(false);
    expect(clock.openTimers).toBe(0);
  });
});
