/**
 * The engine of one run: started when the first turn that may go to it begins, ended when the run has been answered
 * [CAN-2]. States: not started → starting → ready | failed; `end` from any of them.
 */
import type { AgentSession } from "@parlatory/agents";
import type { Cancellation, Clock } from "./cancellation.ts";

/** How an engine is got. */
export interface EngineSource {
  /** A coding agent, which keeps a history of its own. */
  readonly isAgent: boolean;
  /** Aborted: whatever was started is ended before it rejects. */
  start(signal: AbortSignal | undefined): Promise<AgentSession>;
}

/** An agent that is done has this long to put its things away. */
const calmEndMs = 1000;
/** Between the end of the grace period and that of the process, by [CAN-3] 250 ms: how much of it an agent may use to end. */
const lateEndMs = 60;
/** After the time an engine was given to end: a thread or process that hangs in the kernel is not waited for. */
const hangingMs = 120;

export class Engine {
  readonly #source: EngineSource;
  #starting: Promise<AgentSession> | undefined;
  #session: AgentSession | undefined;

  constructor(source: EngineSource) {
    this.#source = source;
  }

  get isAgent(): boolean {
    return this.#source.isAgent;
  }

  /** Undefined before it is ready. */
  get session(): AgentSession | undefined {
    return this.#session;
  }

  /**
   * Starts it unless that was done; undefined when the run was stopped before it was ready.
   * @throws AgentError when it cannot be started
   */
  async ready(cancellation: Cancellation | undefined): Promise<AgentSession | undefined> {
    this.#starting ??= this.#start(cancellation?.signal);
    if (cancellation === undefined) return this.#starting;
    const started = this.#starting.catch((failure: unknown) => {
      if (cancellation.check()) return undefined;
      throw failure;
    });
    return Promise.race([started, cancellation.outOfPatience.then(() => undefined)]);
  }

  /** Ends it within the time that is left of the run, in peace where there is peace. Never rejects. */
  async end(clock: Clock, cancellation: Cancellation): Promise<void> {
    if (this.#starting === undefined) return;
    if (this.#session?.capabilities.isolation === "inline") return this.#session.close({ graceMs: 0 });
    const isCalm = cancellation.stop === undefined;
    const graceMs = isCalm ? calmEndMs : this.#session?.isIdle === true ? cancellation.graceLeftMs + lateEndMs : 0;
    // A stop that comes meanwhile leaves no time.
    if (isCalm) cancellation.onStop(() => void this.#close(0));
    const hanging = Promise.withResolvers<void>();
    const cancelTimer = clock.startTimer(graceMs + hangingMs, hanging.resolve);
    await Promise.race([this.#close(graceMs), hanging.promise]);
    cancelTimer();
  }

  async #start(signal: AbortSignal | undefined): Promise<AgentSession> {
    const session = await this.#source.start(signal);
    this.#session = session;
    return session;
  }

  async #close(graceMs: number): Promise<void> {
    try {
      const session = await this.#starting;
      await session?.close({ graceMs });
    } catch {
      // It never started, and left nothing behind.
    }
  }
}
