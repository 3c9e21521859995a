import type { Scheduler } from "../../packages/server/src/ports.ts";

/** Real time; its timers keep no process alive. */
export const systemScheduler: Scheduler = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
};
