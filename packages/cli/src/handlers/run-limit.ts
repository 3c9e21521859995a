import type { CommandContext } from "../harness/context.ts";

/** Timers take 32 bits of ms; a longer wait is made of several [ARG-5]. */
const maxTimerMs = 2 ** 31 - 1;

/** What ends the run of a handler before its own end. */
export interface RunLimit {
  /** Aborted when the run must end. */
  readonly signal: AbortSignal;
  /** Undefined while the run may go on; the first cause stays [CAN-1]. */
  readonly cause: "limit" | "signal" | undefined;
  close(): void;
}

/** Starts the clock: `seconds` from now, or at once when that is zero or less. */
export function startRunLimit(context: Pick<CommandContext, "monotonicMs" | "signal">, seconds: number): RunLimit {
  const controller = new AbortController();
  const deadline = context.monotonicMs() + seconds * 1000;
  let cause: RunLimit["cause"];
  let timer: NodeJS.Timeout | undefined;
  const stop = (because: "limit" | "signal"): void => {
    if (cause !== undefined) return;
    cause = because;
    controller.abort();
  };
  const onSignal = (): void => stop("signal");
  const wait = (): void => {
    const leftMs = deadline - context.monotonicMs();
    if (leftMs <= 0) stop("limit");
    else timer = setTimeout(wait, Math.min(leftMs, maxTimerMs));
  };
  if (context.signal.aborted) onSignal();
  else context.signal.addEventListener("abort", onSignal, { once: true });
  if (cause === undefined) wait();
  return {
    signal: controller.signal,
    get cause() {
      return cause;
    },
    close: () => {
      clearTimeout(timer);
      context.signal.removeEventListener("abort", onSignal);
    },
  };
}
