import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Scheduler } from "../ports.ts";

const RESOLUTION_MS = 10;
const WINDOW_MS = 60_000;
const NS_PER_S = 1e9;
const QUANTILES = [0.5, 0.9, 0.99] as const;

export interface EventLoopDelay {
  /** Seconds by which timers came late, over the last minute at most. */
  read(): { quantiles: { quantile: number; seconds: number }[]; sum: number; count: number };
  stop(): void;
}

/** Watches how late the event loop gets to its timers ([PERF-7]). */
export function startEventLoopDelay(scheduler: Scheduler): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const late = (ns: number): number => (Number.isFinite(ns) ? Math.max(0, ns / NS_PER_S - RESOLUTION_MS / 1000) : 0);
  let cancel = scheduler.after(WINDOW_MS, reset);
  function reset(): void {
    histogram.reset();
    cancel = scheduler.after(WINDOW_MS, reset);
  }
  return {
    read: () => ({
      // The histogram holds the time between two ticks of its timer: what exceeds its period is the delay.
      quantiles: QUANTILES.map((quantile) => ({
        quantile,
        seconds: histogram.count === 0 ? 0 : late(histogram.percentile(quantile * 100)),
      })),
      sum: histogram.count === 0 ? 0 : late(histogram.mean) * histogram.count,
      count: histogram.count,
    }),
    stop: () => {
      cancel();
      histogram.disable();
    },
  };
}
