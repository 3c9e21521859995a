/**
 * One execution of an agent, of a prompt or a compaction: waits for its turn, gets the agent, hands over, reads what comes,
 * and stops when it is told to. It knows nothing of locks, rows and clients.
 * States: waiting (for a slot of `remote.max_runs`) → starting (for the agent) → handing (what must be durable before) →
 * running → ended. A stop before `running` ends it there; a stop while running asks the agent, and closes one that
 * cannot be asked, or does not obey in time.
 */
import type { AgentEvent, Run, RunResult } from "@parlatory/agents";
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { AgentLaunch } from "./agent-launch.ts";
import type { AgentPool, LiveAgent } from "./agent-pool.ts";
import { RunLimit } from "./run-limit.ts";
import type { RunSlots } from "./run-slots.ts";
import { STOP_REASONS, type StopReason } from "./session-work.ts";

/** From asking an agent to stop to closing it ([PROMPT-19]). */
const obeyMs = 10_000;

export type RunEnd =
  | { readonly kind: "unstarted"; readonly stop?: StopReason | undefined; readonly error: unknown }
  | { readonly kind: "ended"; readonly stop?: StopReason | undefined; readonly result: RunResult };

type Phase = "waiting" | "starting" | "handing" | "running" | "ended";

export interface AgentRunPlan {
  readonly limitMs: number;
  /** How the agent is started, when its turn has come. */
  readonly launch: () => Promise<AgentLaunch>;
  /** What must be durable before the agent gets anything. */
  readonly beforeHanding: (agent: LiveAgent) => Promise<void>;
  readonly hand: (agent: LiveAgent) => Run;
  readonly onEvent: (event: AgentEvent, agent: LiveAgent) => void;
  readonly onPhase: () => void;
}

export interface AgentRunParts {
  readonly pool: AgentPool;
  readonly slots: RunSlots;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export class AgentRun {
  readonly #plan: AgentRunPlan;
  readonly #parts: AgentRunParts;
  readonly #abort = new AbortController();
  readonly #limit: RunLimit;
  #phase: Phase = "waiting";
  #agent: LiveAgent | undefined;
  #stop: StopReason | undefined;
  #giveBack: () => void = () => undefined;
  #stopPatience: (() => void) | undefined;
  #isReusable = false;

  constructor(plan: AgentRunPlan, parts: AgentRunParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#limit = new RunLimit(parts, plan.limitMs, () => void this.stop("timeout", { isForced: true }));
  }

  get phase(): Phase {
    return this.#phase;
  }

  get agent(): LiveAgent | undefined {
    return this.#agent;
  }

  /** Whether this run, started now, would have to wait for its turn. */
  get mustWait(): boolean {
    return this.#phase === "waiting" && this.#parts.slots.isFull;
  }

  async execute(): Promise<RunEnd> {
    try {
      this.#giveBack = await this.#parts.slots.take(this.#abort.signal);
      this.#enter("starting");
      this.#limit.go();
      const agent = await this.#parts.pool.obtain(await this.#plan.launch(), this.#abort.signal);
      this.#agent = agent;
      this.#enter("handing");
      await this.#plan.beforeHanding(agent);
      this.#abort.signal.throwIfAborted();
      return await this.#run(agent);
    } catch (error) {
      // An agent that was not handed anything is as good as before.
      this.#isReusable = true;
      return { kind: "unstarted", stop: this.#stop, error };
    } finally {
      this.#limit.end();
      this.#stopPatience?.();
      this.#phase = "ended";
    }
  }

  /** After everything is told: the agent and the slot may go to others. */
  async release(): Promise<void> {
    if (this.#agent !== undefined) await this.#parts.pool.release(this.#agent, this.#isReusable);
    this.#giveBack();
  }

  /** Resolves when the agent was asked. */
  async stop(
    reason: StopReason,
    { isForced = false }: { readonly isForced?: boolean | undefined } = {},
  ): Promise<void> {
    if (this.#phase === "ended") return;
    if (this.#stop === undefined || STOP_REASONS.indexOf(reason) > STOP_REASONS.indexOf(this.#stop)) {
      this.#stop = reason;
    }
    this.#abort.abort(new Error(`stopped: ${reason}`));
    const agent = this.#agent;
    if (agent === undefined) return;
    if (reason === "lease_lost") return this.#close(agent, 0);
    if (reason === "kill" || this.#phase !== "running") {
      if (reason === "kill") await this.#close(agent, REMOTE_LIMITS.killGraceMs);
      return;
    }
    if (isForced) this.#stopPatience ??= this.#closeLater(agent);
    if (!agent.session.capabilities.canInterrupt) return this.#close(agent, REMOTE_LIMITS.killGraceMs);
    await agent.session.interrupt();
  }

  /** A person is waited for, or no more ([APPROVE-6]). */
  setWaitingForAnswer(isWaiting: boolean): void {
    if (isWaiting) this.#limit.pause();
    else this.#limit.go();
  }

  async #run(agent: LiveAgent): Promise<RunEnd> {
    const run = this.#plan.hand(agent);
    this.#enter("running");
    for await (const event of run.events) this.#plan.onEvent(event, agent);
    const result = await run.result;
    this.#isReusable = result.isReusable;
    return { kind: "ended", stop: this.#stop, result };
  }

  #closeLater(agent: LiveAgent): () => void {
    return this.#parts.scheduler.after(obeyMs, () => void this.#close(agent, REMOTE_LIMITS.killGraceMs));
  }

  async #close(agent: LiveAgent, graceMs: number): Promise<void> {
    try {
      await agent.close(graceMs);
    } catch (error) {
      this.#parts.log.error("an agent could not be closed", { sessionId: agent.launch.sessionId, error });
    }
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#plan.onPhase();
  }
}
