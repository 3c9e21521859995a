import type { Clock } from "./platform.ts";

/** The clock of the machine. Part of a platform: nothing else may reach for it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  startTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
