/**
 * Turns SIGINT, SIGTERM and a closed stdout into the signals a command watches [CAN-1], [ENV-10].
 * States: running → stopping (first cause; `signal` fires) → forced (a second signal; `secondSignal` fires).
 */
import type { StopReason } from "./context.ts";
import type { CliHost, InterruptSignal } from "./host.ts";

/** The reason `context.signal` fires with. An error, so that an aborted wait rejects with something printable. */
export class StopRequest extends Error implements StopReason {
  override readonly name = "StopRequest";
  // `cause` is the contract's word here, not the chained error.
  override readonly cause: StopReason["cause"];
  readonly signal: StopReason["signal"];

  constructor(cause: StopReason["cause"], signal: StopReason["signal"]) {
    super(cause === "interrupt" ? `ended by ${signal ?? "a signal"}` : "nobody reads stdout any more");
    this.cause = cause;
    this.signal = signal;
  }
}

export class Interruption {
  readonly #unsubscribe: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #onFirst: ((reason: StopRequest) => void)[] = [];
  readonly #onSecond: ((reason: StopRequest) => void)[] = [];
  #first: AbortController | undefined;
  #second: AbortController | undefined;
  #reason: StopRequest | undefined;
  #isForced = false;

  constructor(host: Pick<CliHost, "onInterrupt">) {
    this.#unsubscribe = host.onInterrupt((signal) => this.#handleInterrupt(signal));
  }

  /** Made when first asked for: most commands never look, and the platform's signals take time to load. */
  get signal(): AbortSignal {
    if (this.#first === undefined) {
      this.#first = new AbortController();
      if (this.#reason !== undefined) this.#first.abort(this.#reason);
    }
    return this.#first.signal;
  }

  get secondSignal(): AbortSignal {
    if (this.#second === undefined) {
      this.#second = new AbortController();
      if (this.#isForced) this.#second.abort(this.#reason);
    }
    return this.#second.signal;
  }

  /** The first cause; later ones change nothing. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  handleClosedStdout(): void {
    this.#stop(new StopRequest("stdout_closed", null));
  }

  /** Resolves when a command that was told to stop has used up its time: the grace of its cause, or a second signal. */
  outOfPatience(graceMs: Readonly<Record<StopReason["cause"], number>>): Promise<StopReason> {
    return new Promise((resolve) => {
      const onFirst = (reason: StopRequest): void => {
        this.#timers.add(setTimeout(() => resolve(reason), graceMs[reason.cause]));
      };
      this.#onSecond.push(resolve);
      if (this.#reason === undefined) this.#onFirst.push(onFirst);
      else onFirst(this.#reason);
    });
  }

  close(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #handleInterrupt(signal: InterruptSignal): void {
    if (this.#reason?.cause !== "interrupt") {
      this.#stop(new StopRequest("interrupt", signal));
      return;
    }
    this.#isForced = true;
    this.#second?.abort(this.#reason);
    for (const listener of this.#onSecond.splice(0)) listener(this.#reason);
  }

  #stop(reason: StopRequest): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#first?.abort(reason);
    for (const listener of this.#onFirst.splice(0)) listener(reason);
  }
}
