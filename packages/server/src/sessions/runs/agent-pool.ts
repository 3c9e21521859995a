/**
 * The live agents: at most one per session, at most so many in all ([AGENT-10]). Who runs something has its agent for
 * himself until he releases it; whether the session may be run at all is decided elsewhere.
 * States of an agent: starting → busy ⇄ idle → closing → gone.
 */
import type { AgentSession, PermissionMode, SessionEvent } from "@parlatory/agents";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { SessionCatalog, SessionTail } from "../catalog.ts";
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import { launchAgent, type AgentLaunch, type LaunchParts } from "./agent-launch.ts";
import { toAgentMode } from "./permission-modes.ts";
import { RunSlots } from "./run-slots.ts";

const idleMs = 10 * 60_000;

export interface LiveAgent {
  readonly session: AgentSession;
  readonly launch: AgentLaunch;
  /** Ends it and all it started; a second call with less grace hurries the first. */
  close(graceMs: number): Promise<void>;
}

export interface AgentPoolParts extends LaunchParts {
  readonly catalog: Pick<SessionCatalog, "open" | "tail">;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly log: Log;
  /** The agent writes by itself, or has stopped to: what its session's file gains is its own. */
  readonly onOwnRecords: (sessionId: string) => void;
  /** The agent goes on in another session of its own. */
  readonly onReplaced: (sessionId: string, agentSessionId: string) => void;
}

interface PooledAgent extends LiveAgent {
  state: "busy" | "idle" | "closing";
  idleSince: number;
  /** Where its records ended when it fell idle. */
  tail: Pick<SessionTail, "length" | "lastRecordId"> | undefined;
  isOutdated: boolean;
  /** It may have changed it by itself; then it is not used for another run ([SESS-6]). */
  mode: PermissionMode;
  stopIdleTimer: () => void;
}

export class AgentPool {
  readonly #parts: AgentPoolParts;
  readonly #places: RunSlots;
  readonly #agents = new Map<string, PooledAgent>();

  constructor(parts: AgentPoolParts) {
    this.#parts = parts;
    this.#places = new RunSlots(parts.settings.maxProcesses);
  }

  get size(): number {
    return this.#agents.size;
  }

  /** The agent's process wakes by itself now and then. */
  isWorking(sessionId: string): boolean {
    const agent = this.#agents.get(sessionId);
    return agent !== undefined && !agent.session.isIdle;
  }

  find(sessionId: string): LiveAgent | undefined {
    return this.#agents.get(sessionId);
  }

  /**
   * The session's agent for a run: the one that lives, if it is what the run needs and nobody else wrote to the session
   * meanwhile, else one that is started. Waits for a place when too many live and none is idle.
   * @throws AgentError, and the signal's reason
   */
  async obtain(launch: AgentLaunch, signal: AbortSignal): Promise<LiveAgent> {
    const kept = this.#agents.get(launch.sessionId);
    if (kept !== undefined) {
      kept.stopIdleTimer();
      if (kept.state === "idle" && !this.#needsRestart(kept, launch)) {
        kept.state = "busy";
        if (await this.#isWhereItWas(kept)) {
          signal.throwIfAborted();
          return kept;
        }
      }
      await kept.close(REMOTE_LIMITS.killGraceMs);
    }
    signal.throwIfAborted();
    return this.#start(launch, signal);
  }

  /** The run is over. An agent that cannot go on, or whose place somebody waits for, is closed. */
  async release(live: LiveAgent, isReusable: boolean): Promise<void> {
    const agent = this.#agents.get(live.launch.sessionId);
    if (agent !== live || agent.state !== "busy") return;
    if (!isReusable || agent.isOutdated || this.#places.waiting > 0) {
      await agent.close(REMOTE_LIMITS.killGraceMs);
      return;
    }
    agent.tail = await this.#tailOf(live.launch.sessionId);
    if (agent.state !== "busy") return;
    this.#fallIdle(agent);
  }

  /** The agent took another mode, as it was told. */
  noteMode(sessionId: string, mode: PermissionMode): void {
    const agent = this.#agents.get(sessionId);
    if (agent !== undefined) agent.mode = mode;
  }

  /** What the agent was started with does not hold any more: it is closed, now or after its run. */
  async outdate(sessionId: string): Promise<void> {
    const agent = this.#agents.get(sessionId);
    if (agent === undefined) return;
    agent.isOutdated = true;
    if (agent.state === "idle") await agent.close(REMOTE_LIMITS.killGraceMs);
  }

  async closeAll(graceMs: number): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.close(graceMs)));
  }

  async #start(launch: AgentLaunch, signal: AbortSignal): Promise<LiveAgent> {
    if (this.#places.isFull) void this.#longestIdle()?.close(REMOTE_LIMITS.killGraceMs);
    const giveBack = await this.#places.take(signal);
    let session: AgentSession;
    try {
      session = await launchAgent(launch, this.#parts, {
        signal,
        onEvent: (event) => this.#handle(launch.sessionId, event),
      });
    } catch (thrown) {
      giveBack();
      throw thrown;
    }
    const agent = this.#pooled(launch, session);
    this.#agents.set(launch.sessionId, agent);
    void session.ended.then(() => {
      agent.state = "closing";
      agent.stopIdleTimer();
      if (this.#agents.get(launch.sessionId) === agent) this.#agents.delete(launch.sessionId);
      giveBack();
      this.#parts.onOwnRecords(launch.sessionId);
    });
    if (signal.aborted) {
      await agent.close(0);
      signal.throwIfAborted();
    }
    return agent;
  }

  #pooled(launch: AgentLaunch, session: AgentSession): PooledAgent {
    const agent: PooledAgent = {
      session,
      launch,
      state: "busy",
      idleSince: 0,
      tail: undefined,
      isOutdated: false,
      mode: this.#modeOf(launch),
      stopIdleTimer: () => undefined,
      close: async (graceMs) => {
        agent.state = "closing";
        agent.stopIdleTimer();
        await session.close({ graceMs });
        await session.ended;
        if (this.#agents.get(launch.sessionId) === agent) this.#agents.delete(launch.sessionId);
      },
    };
    return agent;
  }

  #fallIdle(agent: PooledAgent): void {
    const { clock, scheduler } = this.#parts;
    agent.state = "idle";
    agent.idleSince = clock.now();
    agent.stopIdleTimer = scheduler.after(idleMs, () => {
      if (agent.state === "idle") void agent.close(REMOTE_LIMITS.killGraceMs);
    });
    if (this.#places.waiting > 0) void agent.close(REMOTE_LIMITS.killGraceMs);
  }

  #longestIdle(): PooledAgent | undefined {
    let longest: PooledAgent | undefined;
    for (const agent of this.#agents.values()) {
      if (agent.state === "idle" && (longest === undefined || agent.idleSince < longest.idleSince)) longest = agent;
    }
    return longest;
  }

  #handle(sessionId: string, event: SessionEvent): void {
    const { log, onOwnRecords, onReplaced } = this.#parts;
    switch (event.type) {
      case "diagnostic":
        log.debug("an agent wrote to its stderr, or what is not understood", { sessionId, text: event.text });
        break;
      case "session_replaced":
        onReplaced(sessionId, event.agentSessionId);
        break;
      case "idle_changed":
        onOwnRecords(sessionId);
        if (event.isIdle) void this.#noteOwnRecords(sessionId);
        break;
      case "mode_changed": {
        const agent = this.#agents.get(sessionId);
        if (agent !== undefined) agent.mode = event.mode;
        break;
      }
      case "ended":
        log.debug("an agent ended", { sessionId, exitCode: event.exitCode, signal: event.signal });
        break;
    }
  }

  /** It woke by itself while idle: what it wrote is its own. */
  async #noteOwnRecords(sessionId: string): Promise<void> {
    const agent = this.#agents.get(sessionId);
    if (agent?.state !== "idle") return;
    const tail = await this.#tailOf(sessionId);
    if (agent.state === "idle") agent.tail = tail;
  }

  /** Records that are no messages may come behind the end of a turn; the newest record of the conversation stays. */
  async #isWhereItWas(agent: PooledAgent): Promise<boolean> {
    if (agent.session.isIdle && agent.tail !== undefined) {
      const tail = await this.#tailOf(agent.launch.sessionId);
      if (tail?.length === agent.tail.length) return true;
      return tail !== undefined && tail.lastRecordId !== null && tail.lastRecordId === agent.tail.lastRecordId;
    }
    return false;
  }

  /** A tail that cannot be read is one nobody can compare with. */
  async #tailOf(sessionId: string): Promise<PooledAgent["tail"]> {
    try {
      const tail = await this.#parts.catalog.tail(sessionId);
      return tail === undefined ? undefined : { length: tail.length, lastRecordId: tail.lastRecordId };
    } catch (error) {
      this.#parts.log.warn("the end of a session's file could not be read", { sessionId, error });
      return undefined;
    }
  }

  #needsRestart(agent: PooledAgent, launch: AgentLaunch): boolean {
    const had = agent.launch;
    return (
      agent.isOutdated ||
      agent.mode !== this.#modeOf(launch) ||
      had.agent.name !== launch.agent.name ||
      had.workingDirectory !== launch.workingDirectory ||
      had.systemPrompt !== launch.systemPrompt
    );
  }

  #modeOf({ permissionMode }: AgentLaunch): PermissionMode {
    return toAgentMode(permissionMode, this.#parts.settings.allowBypass);
  }
}
