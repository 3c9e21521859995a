/** Steps that must become durable, and what becomes of a store that is away ([CRASH-6]). */
import { RemoteError } from "@parlatory/protocol/remote";
import type { Log, Scheduler } from "../../ports.ts";
import { StoreUnavailableError } from "../../store/store.ts";

const firstDelayMs = 200;
const longestDelayMs = 5_000;

/** A request that cannot be recorded is refused, and says so. `attempt`: `Prompt not accepted`. */
export async function orIoError<Value>(attempt: string, step: () => Promise<Value>): Promise<Value> {
  try {
    return await step();
  } catch (thrown) {
    if (!(thrown instanceof StoreUnavailableError)) throw thrown;
    throw new RemoteError("io_error", `${attempt}: the store is unavailable`, { cause: thrown });
  }
}

/** Steps that have to happen sooner or later: tried again while the store is away, until the desk stops. */
export class DurableSteps {
  readonly #scheduler: Scheduler;
  readonly #log: Log;
  readonly #stopped = new AbortController();

  constructor(options: { scheduler: Scheduler; log: Log }) {
    this.#scheduler = options.scheduler;
    this.#log = options.log;
  }

  /** No step is tried again: what is not durable is decided by the next server ([CRASH-3]). */
  stop(): void {
    this.#stopped.abort();
  }

  /** @throws what the store says at last when the desk stops meanwhile, and at once what is not about its absence */
  async take<Value>(what: string, step: () => Promise<Value>): Promise<Value> {
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(2 * delayMs, longestDelayMs)) {
      try {
        return await step();
      } catch (thrown) {
        if (!(thrown instanceof StoreUnavailableError) || this.#stopped.signal.aborted) throw thrown;
        this.#log.warn("a step is not durable yet and will be tried again", { step: what, error: thrown });
      }
      await this.#pause(delayMs);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stopped;
      const end = () => {
        cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const cancel = this.#scheduler.after(ms, end);
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
    });
  }
}
