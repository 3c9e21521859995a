import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Figure } from "../report.ts";

const MOST_MS = 20;

/** The delay of this process's event loop while `run` is at work: what the server's sockets would feel. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: 1 });

  async during<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#histogram.enable();
    try {
      return await run();
    } finally {
      this.#histogram.disable();
    }
  }

  figure(rule: string, what: string): Figure {
    const value = this.#histogram.percentile(99) / 1e6;
    return {
      rule,
      name: `event-loop delay, p99, ${what}`,
      value,
      unit: "ms",
      gate: `<= ${MOST_MS} ms`,
      pass: value <= MOST_MS,
    };
  }
}
