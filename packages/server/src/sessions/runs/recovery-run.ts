/**
 * What an earlier server left of a session ([CRASH-3], [LOCK-4], [AGENT-13]): ends the agents that outlived it, takes the
 * lock only then, and decides about every prompt that was on its way, by what the agent's own record says.
 * States: waiting for agents to end → deciding (with the lock) → passing the lock on, or giving it back → ended.
 */
import type { AgentCapabilities } from "@parlatory/agents";
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { AgentProcessRow, LeaseRow, PromptRow } from "../../store/remote-store.ts";
import type { PromptResult } from "../run-desk.ts";
import type { SessionState } from "../session.ts";
import { finishPrompt, finishSteered } from "./finish-prompt.ts";
import { parsePromptDocument } from "./prompt-document.ts";
import { lost, toPromptResult, toRecordedEnding, type Ending } from "./prompt-outcome.ts";
import { PromptRun } from "./prompt-run.ts";
import { refreshLog } from "./record-wait.ts";
import type { RunParts } from "./run-parts.ts";
import type { KillRequest, SessionWork, StopReason } from "./session-work.ts";
import { mergeKill, type WorkLane } from "./work-lane.ts";

/** A turn that goes on without its server may end by itself. */
const patienceMs = 10_000;
const lookMs = 250;

type Verdict =
  | { readonly kind: "again" }
  | { readonly kind: "merged" }
  | { readonly kind: "ended"; readonly ending: Ending };

export class RecoveryRun implements SessionWork {
  readonly kind = "recovery";
  readonly state: SessionState = "recovering";
  readonly isWaiting = false;
  readonly runId: string;
  readonly since: number;
  readonly ended: Promise<void>;
  readonly #lane: WorkLane;
  readonly #parts: RunParts;
  readonly #deadLease: LeaseRow | undefined;
  #lease: LeaseRow | undefined;
  readonly #resolveEnded: () => void;
  readonly #hurry = Promise.withResolvers<void>();
  #isHurried = false;
  #isStopping = false;
  #hasLostLease = false;
  #kill: KillRequest | undefined;

  /** `dead`: the lock of a server that is gone. `held`: a recovery's lock that was taken already. */
  constructor(leases: { dead?: LeaseRow | undefined; held?: LeaseRow | undefined }, lane: WorkLane, parts: RunParts) {
    this.runId = leases.held?.runId ?? parts.randomUuid();
    this.since = leases.dead?.takenAt ?? parts.clock.now();
    this.#deadLease = leases.dead;
    this.#lease = leases.held;
    this.#lane = lane;
    this.#parts = parts;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
  }

  start(): void {
    if (this.#lease !== undefined) this.#holdLease(this.#lease);
    void this.#drive().finally(this.#resolveEnded);
  }

  /** Only a stop of the server, or the loss of the lock, ends a recovery before its end. */
  stop(reason: StopReason): Promise<void> {
    if (reason === "lease_lost") this.#hasLostLease = true;
    if (reason === "shutdown" || reason === "lease_lost") this.#isStopping = true;
    this.#skipPatience();
    return Promise.resolve();
  }

  kill(request: Parameters<SessionWork["kill"]>[0]): void {
    this.#kill = mergeKill(this.#kill, request);
    this.#skipPatience();
  }

  async #drive(): Promise<void> {
    const { log, keeper, listeners } = this.#parts;
    const { sessionId } = this.#lane;
    listeners.tell("onStatus", sessionId);
    try {
      await this.#endAgents();
      await this.#lane.exclusive(() => this.#decide());
    } catch (error) {
      log.error("what an earlier server left of a session could not be settled yet", { sessionId, error });
      keeper.drop(this.runId);
      this.#lane.clear(this);
      if (!this.#isStopping) this.#lane.advanceLater();
    }
  }

  async #endAgents(): Promise<void> {
    const { store, steps, owner, processes } = this.#parts;
    const rows = await steps.take("list agent processes", () => store.listAgentProcesses(owner.host));
    for (const row of rows) {
      if (row.sessionId !== this.#lane.sessionId || !(await this.#isAbandoned(row))) continue;
      await this.#waitForTurn(row);
      await processes.end(row, REMOTE_LIMITS.killGraceMs);
      await steps.take("remove an agent process", () => store.removeAgentProcess(row.host, row.pid, row.pidStartedAt));
    }
  }

  /** Of the server whose lock it was, or of any that is gone; never of this one or of one that works. */
  async #isAbandoned(row: AgentProcessRow): Promise<boolean> {
    if (row.serverId === this.#parts.owner.serverId) return false;
    return row.serverId === this.#deadLease?.serverId || this.#parts.processes.isOrphan(row);
  }

  async #waitForTurn(row: AgentProcessRow): Promise<void> {
    const { clock, processes, catalog, scheduler } = this.#parts;
    const until = clock.now() + patienceMs;
    while (clock.now() < until && !this.#isHurried && (await processes.isAgentAlive(row))) {
      await refreshLog(this.#lane.sessionId, this.#parts);
      const tail = await catalog.tail(this.#lane.sessionId);
      if (tail === undefined || tail.isTurnFinished) return;
      const timer = Promise.withResolvers<void>();
      const cancel = scheduler.after(lookMs, timer.resolve);
      await Promise.race([timer.promise, this.#hurry.promise]);
      cancel();
    }
  }

  async #decide(): Promise<void> {
    const { store, steps, keeper, permissions, elsewhere, listeners } = this.#parts;
    const { sessionId } = this.#lane;
    if (this.#isStopping && this.#lease === undefined) return this.#lane.clear(this);
    if (!(await this.#takeLease())) {
      this.#lane.clear(this);
      return this.#lane.advanceLater();
    }
    await permissions.endLost(sessionId);
    await refreshLog(sessionId, this.#parts);
    elsewhere.noteOwn(sessionId);

    const told: PromptResult[] = [];
    const again = await this.#settlePrompts(told);
    const kill = this.#kill;
    if (kill !== undefined) {
      // What would be handed over once more waits as any other prompt does.
      if (again !== undefined) await this.#requeue(again);
      if (!kill.keepQueue) told.push(...(await this.#lane.cancelWaiting()));
    }
    const next =
      kill === undefined && !this.#isStopping && again !== undefined ? await this.#passLease(again) : undefined;
    if (next === undefined) {
      await steps.take("release the lock of a recovery", () => store.releaseLease(sessionId, this.runId));
    }
    keeper.drop(this.runId);
    this.#lane.clear(this);
    if (kill !== undefined) this.#lane.tellKilled(kill, undefined);
    for (const result of told) this.#lane.tellResult(result);
    listeners.tell("onStatus", sessionId);
    if (next === undefined) await this.#lane.advance();
    else this.#lane.begin(next);
  }

  /** Its agents are dead: the lock of a dead owner may go now, whether or not it has expired ([LOCK-4]). */
  async #takeLease(): Promise<boolean> {
    if (this.#lease !== undefined) return !this.#hasLostLease;
    const { store, steps, keeper, clock } = this.#parts;
    const { sessionId } = this.#lane;
    const dead = this.#deadLease;
    return steps.take("take the lock of a recovery", async () => {
      if (dead !== undefined) await store.releaseLease(sessionId, dead.runId);
      const lease = keeper.create(sessionId, this.runId, "recovery");
      const { outcome } = await store.takeLease(lease, clock.now());
      if (outcome === "taken") this.#holdLease(lease);
      return outcome === "taken";
    });
  }

  #holdLease(lease: LeaseRow): void {
    this.#lease = lease;
    this.#parts.keeper.hold(lease, () => void this.stop("lease_lost"));
  }

  /** Gives every prompt on its way its outcome, but the one that is to be handed over again. */
  async #settlePrompts(told: PromptResult[]): Promise<PromptRow | undefined> {
    const { store, steps, owner } = this.#parts;
    const open = await steps.take("list prompts", () => store.listOpenPrompts(this.#lane.sessionId));
    const left = open.filter(
      (row) => (row.state === "handed" || row.state === "seen") && parsePromptDocument(row).host === owner.host,
    );
    // A steered prompt has no run of its own.
    const running = left.find(({ runId }) => runId !== undefined);
    const verdict = running === undefined ? undefined : await this.#judge(running);
    for (const row of left) {
      if (row === running) continue;
      const fate = await this.#judgeSteered(row, verdict);
      if (fate.kind === "again") await this.#requeue(row);
      else if (fate.kind === "merged") await finishSteered(row, running?.runId ?? this.runId, this.#parts);
      else await this.#finish(row, fate.ending, told);
    }
    if (running === undefined) return undefined;
    if (verdict?.kind === "again") return running;
    if (verdict?.kind === "ended") await this.#finish(running, verdict.ending, told);
    return undefined;
  }

  /** The agent's own record decides, where the agent can be trusted to run a prompt once ([CRASH-3]). */
  async #judge(row: PromptRow): Promise<Verdict> {
    const capabilities = await this.#capabilitiesOf(row);
    if (capabilities?.dedupesPrompts !== true) return { kind: "ended", ending: lost() };
    const tail = await this.#parts.catalog.tail(row.sessionId);
    if (tail === undefined || !(await tail.hasRecord(row.promptId))) return { kind: "again" };
    // Our own log does not tell an answer from something said on the way to it.
    const answer = capabilities.keepsFiles ? await tail.answerTo(row.promptId) : undefined;
    return { kind: "ended", ending: toRecordedEnding(answer) };
  }

  async #judgeSteered(row: PromptRow, running: Verdict | undefined): Promise<Verdict> {
    // The turn it was given to was never begun: it waits again.
    if (running?.kind === "again") return { kind: "again" };
    const tail = await this.#parts.catalog.tail(row.sessionId);
    const isRecorded = tail !== undefined && (await tail.hasRecord(row.promptId));
    if (isRecorded && running?.kind === "ended" && running.ending.success) return { kind: "merged" };
    return { kind: "ended", ending: lost() };
  }

  async #capabilitiesOf(row: PromptRow): Promise<AgentCapabilities | undefined> {
    const { registry } = this.#parts;
    const agent = registry.find(parsePromptDocument(row).agent);
    return agent === undefined ? undefined : registry.capabilitiesOf(agent);
  }

  async #finish(row: PromptRow, ending: Ending, told: PromptResult[]): Promise<void> {
    const { randomUuid, clock } = this.#parts;
    const at = { messageId: randomUuid(), runId: row.runId ?? null, finishedAt: clock.now() };
    const result = await finishPrompt(row, toPromptResult(row, ending, at), this.#parts);
    if (result !== undefined) told.push(result);
  }

  async #requeue(row: PromptRow): Promise<void> {
    const { store, steps } = this.#parts;
    const { promptId } = row;
    await steps.take("queue a prompt", () => store.movePrompt({ promptId, from: ["handed", "seen"], to: "accepted" }));
  }

  /** The prompt goes on without a moment in which the lock is free. */
  async #passLease(row: PromptRow): Promise<PromptRun | undefined> {
    const { store, steps, keeper, randomUuid } = this.#parts;
    const lease = keeper.create(row.sessionId, randomUuid(), "prompt");
    const isPassed = await steps.take("pass a lock on", () => store.passLease(row.sessionId, this.runId, lease));
    if (!isPassed) return undefined;
    const run = new PromptRun({ ...row, runId: lease.runId }, this.#lane, this.#parts);
    keeper.hold(lease, () => void run.stop("lease_lost"));
    return run;
  }

  #skipPatience(): void {
    this.#isHurried = true;
    this.#hurry.resolve();
  }
}
