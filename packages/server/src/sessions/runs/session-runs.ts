/**
 * The desk of everything that is done to sessions: checks a request, finds the session's lane, and has it do what was asked.
 * Lanes, runs, locks and agents do the work; this file knows none of their insides.
 * States: new → started → stopping (nothing new begins) → stopped.
 */
import { RemoteError, parseUuid } from "@parlatory/protocol/remote";
import type { LeaseRow, PromptRow } from "../../store/remote-store.ts";
import {
  SessionLockedError,
  type Asker,
  type PendingPermission,
  type PromptStatus,
  type ResolvedPermission,
  type RunDesk,
  type RunListener,
  type RunStatus,
} from "../run-desk.ts";
import type { AcceptedPrompt, KnownPrompt, PromptSubmission, RemotePermissionMode } from "../run-requests.ts";
import { findCompactionTarget } from "./compaction-target.ts";
import { orIoError } from "./durable-step.ts";
import { judgeLease, toLockHolder } from "./lease-judgement.ts";
import { NameInference } from "./name-inference.ts";
import { checkPrompt, mustBeSame, type CheckedPrompt } from "./prompt-checks.ts";
import { parsePromptDocument, parsePromptResult, toPromptStatus } from "./prompt-document.ts";
import { PromptRun } from "./prompt-run.ts";
import { createRunParts } from "./create-run-parts.ts";
import { actorOf, type SessionRunsOptions } from "./run-options.ts";
import type { RunParts } from "./run-parts.ts";
import { SessionLane, holderOf } from "./session-lane.ts";
import { SessionModes } from "./session-modes.ts";
import { findLeftovers } from "./leftovers.ts";
import { SharedStoreWatch } from "./shared-store-watch.ts";

/** After the drain: for agents to take an interruption before they are closed. */
const lastChanceMs = 2_000;

export class SessionRuns implements RunDesk {
  readonly #parts: RunParts;
  readonly #lanes = new Map<string, SessionLane>();
  readonly #names: NameInference;
  readonly #modes: SessionModes;
  readonly #shared: SharedStoreWatch;
  /** On their way into the store. */
  readonly #currentSessions = new Map<string, string>();
  #isStopping = false;

  constructor(options: SessionRunsOptions) {
    this.#parts = createRunParts(options, {
      isRunning: (sessionId) =>
        this.#lanes.get(sessionId)?.work !== undefined || this.#shared.leaseOf(sessionId) !== undefined,
    });
    this.#names = new NameInference(this.#parts);
    this.#modes = new SessionModes(this.#parts);
    this.#shared = new SharedStoreWatch({
      ...this.#parts,
      onDead: (lease) => void this.#recover(lease.sessionId, lease),
    });
  }

  async start(): Promise<void> {
    const { store, grants, elsewhere, owner, log } = this.#parts;
    await grants.load();
    const sessions = await store.listSessions();
    this.#modes.load(sessions);
    elsewhere.start(sessions.map(({ sessionId }) => sessionId));
    const { recoveries, waiting } = await findLeftovers(this.#parts);
    for (const { sessionId, dead } of recoveries) void this.#recover(sessionId, dead);
    for (const row of waiting) {
      const lane = this.#lane(row.sessionId);
      lane.noteWaiting(row.promptId, row.clientSessionId);
      void lane.exclusive(() => lane.advance());
    }
    this.#shared.start();
    log.info("the runs of sessions are taken up", {
      host: owner.host,
      recoveries: recoveries.length,
      waiting: waiting.length,
    });
  }

  async stop(drainMs: number): Promise<void> {
    const { scheduler, steps, pool, permissions, elsewhere, keeper } = this.#parts;
    this.#isStopping = true;
    this.#shared.stop();
    for (const lane of this.#lanes.values()) lane.stopAdvancing();
    for (const lane of this.#lanes.values()) if (lane.work?.isWaiting === true) void lane.work.stop("shutdown");
    const within = async (ms: number) => {
      const works = [...this.#lanes.values()].flatMap(({ work }) => work ?? []);
      if (works.length === 0) return;
      const timer = Promise.withResolvers<void>();
      const cancel = scheduler.after(ms, timer.resolve);
      await Promise.race([Promise.all(works.map(({ ended }) => ended)), timer.promise]);
      cancel();
    };
    await within(drainMs);
    for (const lane of this.#lanes.values()) void lane.work?.stop("shutdown");
    await within(lastChanceMs);
    await pool.closeAll(lastChanceMs);
    await within(lastChanceMs);
    steps.stop();
    await within(lastChanceMs);
    permissions.stop();
    elsewhere.stop();
    keeper.stop();
  }

  async createSession(request: {
    workingDirectory: string;
    agent?: string | undefined;
    asker: Asker;
  }): Promise<{ sessionId: string; agent: string }> {
    this.#mustRun();
    const { workingDirectory, asker } = request;
    const { registry, store, catalog, clock, costs, randomUuid } = this.#parts;
    const { name: agent } = request.agent === undefined ? await registry.default() : registry.get(request.agent);
    return orIoError("Session not created", async () => {
      const session = { sessionId: randomUuid(), agent, workingDirectory, createdAt: clock.now() };
      await store.addSession({ ...session, createdByClientSessionId: asker.clientSessionId });
      costs.begin(session.sessionId);
      catalog.note(session);
      return session;
    });
  }

  async submitPrompt(submission: PromptSubmission): Promise<AcceptedPrompt | KnownPrompt> {
    this.#mustRun();
    return orIoError("Prompt not accepted", async () => {
      const { facts, owner, defaultDirectory, registry, store, paths, randomUuid } = this.#parts;
      const found = await checkPrompt(submission, {
        facts,
        store,
        paths,
        randomUuid,
        defaultDirectory,
        agents: registry,
        host: owner.host,
        isBusy: (sessionId) => this.#isBusy(sessionId),
      });
      if ("known" in found) return this.#repeat(found.known);
      const { checked } = found;
      const lane = this.#lane(checked.sessionId);
      const accepted = await lane.exclusive(async () => {
        this.#mustRun();
        const isNew = checked.document.created && (await this.#create(checked, submission.asker));
        const document = { ...checked.document, created: isNew };
        return this.#place(lane, { ...checked, document }, submission.asker);
      });
      // The answer comes before anything of the run: nothing is waited for any more.
      void this.#noteCurrent(submission.asker.clientSessionId, checked.sessionId);
      return accepted;
    });
  }

  async cancelPrompt(promptId: string): Promise<PromptStatus> {
    return orIoError("Prompt not cancelled", async () => {
      const id = parseUuid(promptId) ?? promptId;
      const refuse = (): never => {
        throw new RemoteError("conflict", `Prompt is not queued: ${promptId}`);
      };
      const row = await this.#parts.store.findPrompt(id);
      if (row?.state !== "accepted") return refuse();
      const lane = this.#lane(row.sessionId);
      const running = await lane.exclusive(async () => {
        if (lane.work?.promptId === id) return lane.work;
        if (!(await lane.cancel(row))) refuse();
        return undefined;
      });
      if (running === undefined) return { ...toPromptStatus(row), state: "cancelled" };
      // It has its lock and waits for its turn only.
      if (!running.isWaiting) return refuse();
      await running.stop("cancel");
      await running.ended;
      const ended = await this.#parts.store.findPrompt(id);
      return ended?.state === "cancelled" ? toPromptStatus(ended) : refuse();
    });
  }

  async interrupt(sessionId: string, runId?: string): Promise<void> {
    const work = this.#lanes.get(sessionId)?.work;
    if (work === undefined || (runId !== undefined && work.runId !== runId)) return;
    await work.stop("interrupt");
  }

  async kill(request: {
    sessionId: string;
    runId?: string | undefined;
    keepQueue: boolean;
    asker: Asker;
  }): Promise<void> {
    const { sessionId, asker } = request;
    try {
      const killedRunId = await this.#kill(request);
      this.#parts.audit({
        actor: actorOf(asker),
        event: "session_killed",
        data: { session_id: sessionId, run_id: killedRunId ?? null, keep_queue: request.keepQueue },
      });
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      const code = thrown instanceof RemoteError ? thrown.code : "internal";
      throw new RemoteError(code, `Failed to kill session: ${reason}`, { cause: thrown });
    }
  }

  async unlock(request: {
    sessionId: string;
    runId?: string | undefined;
    force: boolean;
    asker: Asker;
  }): Promise<{ wasLocked: boolean; killedRunId?: string | undefined }> {
    const { sessionId, asker, force } = request;
    const note = (outcome: string) =>
      this.#parts.audit({
        actor: actorOf(asker),
        event: "session_unlocked",
        data: { session_id: sessionId, force, outcome },
      });
    try {
      const unlocked = await orIoError("Session not unlocked", () => this.#unlock(request));
      note(unlocked.wasLocked ? "unlocked" : "was_not_locked");
      return unlocked;
    } catch (thrown) {
      note("refused");
      throw thrown;
    }
  }

  async compact(request: { sessionId: string; instructions?: string | undefined; asker: Asker }): Promise<void> {
    this.#mustRun();
    await orIoError("Compaction not started", async () => {
      const { facts, registry } = this.#parts;
      const { asker, instructions } = request;
      const session = await findCompactionTarget(request.sessionId, {
        facts,
        currentSessionOf: (id) => this.#currentSessionOf(id),
      });
      const agent = registry.get(session.agent);
      const capabilities = await registry.capabilitiesOf(agent);
      if (capabilities?.canCompact === false) {
        throw new RemoteError("unsupported", `Agent ${agent.name} cannot compact`, { sessionId: session.sessionId });
      }
      const lane = this.#lane(session.sessionId);
      await lane.exclusive(() => lane.compact({ agent: agent.name, instructions, asker }));
    });
  }

  setPermissionMode(sessionId: string, mode: RemotePermissionMode, asker: Asker): Promise<void> {
    return orIoError("Mode not changed", () => this.#modes.set(sessionId, mode, asker));
  }

  listPermissions(): readonly PendingPermission[] {
    return this.#parts.permissions.list();
  }

  findPermission(requestId: string): Promise<PendingPermission> {
    return this.#parts.permissions.find(requestId);
  }

  answerPermission(answer: Parameters<RunDesk["answerPermission"]>[0]): Promise<ResolvedPermission> {
    return this.#parts.permissions.answer(answer);
  }

  async revokeGrant(sessionId: string, toolName: string, asker: Asker): Promise<void> {
    const { grants, audit, listeners } = this.#parts;
    await orIoError("Grant not revoked", () => grants.remove(sessionId, toolName));
    audit({ actor: actorOf(asker), event: "grant_revoked", data: { session_id: sessionId, tool_name: toolName } });
    listeners.tell("onStatus", sessionId);
  }

  async inferName(sessionId: string, text: string): Promise<string> {
    const { facts, registry, store, catalog } = this.#parts;
    const known = await orIoError("Name not kept", () => facts.look(sessionId));
    const agent = known === undefined ? await registry.default() : registry.find(known.agent);
    const name = await this.#names.infer(text, agent);
    if (name === "" || known === undefined) return name;
    const row = await orIoError("Name not kept", async () => {
      const kept = await facts.rowOf(known);
      await store.updateSession(sessionId, { name });
      return kept;
    });
    const { agent: agentName, workingDirectory, createdAt } = row;
    catalog.note({ sessionId, agent: agentName, workingDirectory, createdAt, name });
    return name;
  }

  status(sessionId: string): RunStatus {
    const { elsewhere, grants, costs, permissions } = this.#parts;
    const lane = this.#lanes.get(sessionId);
    const work = lane?.work;
    const foreign = this.#shared.leaseOf(sessionId);
    const state = work?.state ?? (foreign === undefined ? "idle" : this.#shared.stateOf(foreign));
    return {
      state: state === "running" && permissions.isWaiting(sessionId) ? "waiting_permission" : state,
      runId: work?.runId ?? foreign?.runId,
      isBusyElsewhere: elsewhere.isBusy(sessionId),
      queuedPrompts: lane?.queuedPrompts ?? 0,
      permissionMode: this.#modes.of(sessionId),
      grantedTools: grants.of(sessionId),
      totalCostUsd: costs.of(sessionId),
      retry: work?.retry,
    };
  }

  listen(listener: RunListener): () => void {
    return this.#parts.listeners.add(listener);
  }

  #lane(sessionId: string): SessionLane {
    const had = this.#lanes.get(sessionId);
    if (had !== undefined) return had;
    const lane = new SessionLane(sessionId, this.#parts, () => this.#lanes.delete(sessionId));
    this.#lanes.set(sessionId, lane);
    return lane;
  }

  #isBusy(sessionId: string): boolean {
    return this.#lanes.get(sessionId)?.isBusy === true || this.#shared.leaseOf(sessionId) !== undefined;
  }

  #mustRun(): void {
    if (this.#isStopping) throw new RemoteError("io_error", "The server is stopping; try again in a moment");
  }

  /** A session that a prompt begins is on record before it; false when another prompt was faster ([PROMPT-3]). */
  async #create({ sessionId, document }: CheckedPrompt, { clientSessionId }: Asker): Promise<boolean> {
    const { store, clock, costs } = this.#parts;
    const { added } = await store.addSession({
      sessionId,
      agent: document.agent,
      workingDirectory: document.workingDirectory,
      systemPrompt: document.systemPrompt,
      createdByClientSessionId: clientSessionId,
      createdAt: clock.now(),
    });
    if (added) costs.begin(sessionId);
    return added;
  }

  async #place(lane: SessionLane, checked: CheckedPrompt, asker: Asker): Promise<AcceptedPrompt | KnownPrompt> {
    const { sessionId, promptId, document } = checked;
    const placed = await lane.place(checked, asker);
    if ("known" in placed) {
      mustBeSame(placed.known, checked.fingerprint);
      return this.#repeat(placed.known);
    }
    const { created, agent, workingDirectory } = document;
    if (created) {
      this.#parts.catalog.note({ sessionId, agent, workingDirectory, createdAt: this.#parts.clock.now() });
    }
    // A system prompt cannot be given to a turn that runs already.
    const isSteered = placed.modeApplied === "steer" && document.systemPrompt !== undefined;
    return {
      outcome: "accepted",
      sessionId,
      promptId,
      created,
      agent,
      workingDirectory,
      ...placed,
      ...(document.systemPromptApplied === undefined
        ? {}
        : { systemPromptApplied: document.systemPromptApplied && !isSteered }),
    };
  }

  /** The same prompt came before ([PROMPT-9]). */
  #repeat(row: PromptRow): KnownPrompt {
    const document = parsePromptDocument(row);
    const { state } = toPromptStatus(row);
    const work = this.#lanes.get(row.sessionId)?.work;
    const isTaken = work instanceof PromptRun && work.hasTaken(row.promptId);
    const isRunning = row.state === "accepted" && work?.promptId === row.promptId && !work.isWaiting;
    const isQueued = row.state === "accepted" && row.runId === undefined;
    const result = row.state === "steered" ? undefined : parsePromptResult(row);
    return {
      outcome: "duplicate",
      sessionId: row.sessionId,
      promptId: row.promptId,
      created: document.created,
      agent: document.agent,
      workingDirectory: document.workingDirectory,
      modeApplied: isTaken || row.state === "steered" ? "steer" : isQueued ? "queue" : "run",
      systemPromptApplied: document.systemPromptApplied,
      state: isTaken ? "steered" : isRunning ? "running" : state,
      ...(result === undefined ? {} : { result }),
    };
  }

  /** The prompt is accepted whatever becomes of this; the client's next prompt sets it again. */
  async #noteCurrent(clientSessionId: string, sessionId: string): Promise<void> {
    this.#currentSessions.set(clientSessionId, sessionId);
    try {
      await this.#parts.store.updateClientSession(clientSessionId, { currentSessionId: sessionId });
      if (this.#currentSessions.get(clientSessionId) === sessionId) this.#currentSessions.delete(clientSessionId);
    } catch (error) {
      this.#parts.log.warn("a client session's current session could not be kept", { error });
    }
  }

  /** Of any client session, whichever server took its prompt ([COMPACT-1]). */
  async #currentSessionOf(clientSessionId: string): Promise<string | undefined> {
    const underWay = this.#currentSessions.get(clientSessionId);
    return underWay ?? (await this.#parts.store.findClientSession(clientSessionId))?.currentSessionId;
  }

  async #kill(request: {
    sessionId: string;
    runId?: string | undefined;
    keepQueue: boolean;
    asker: Asker;
  }): Promise<string | undefined> {
    const { sessionId, runId, keepQueue, asker } = request;
    const lane = this.#lane(sessionId);
    const killWork = async () => {
      const { work } = lane;
      if (work === undefined) return undefined;
      work.kill({ asker, keepQueue });
      await work.ended;
      return work.runId;
    };
    const isOther = (current: string | undefined) => runId !== undefined && current !== runId;
    if (lane.work !== undefined && !isOther(lane.work.runId)) return killWork();
    const began = await lane.exclusive(async () => {
      if (lane.work !== undefined && !isOther(lane.work.runId)) return true;
      if (runId === undefined) await this.#mustNotRunElsewhere(sessionId);
      const cancelled = keepQueue || runId !== undefined ? [] : await lane.cancelWaiting();
      lane.tellKilled({ askers: [asker], keepQueue }, undefined);
      for (const result of cancelled) lane.tellResult(result);
      if (runId === undefined) await this.#parts.pool.outdate(sessionId);
      return false;
    });
    return began ? killWork() : undefined;
  }

  /** The agents of another server can be ended by that one only. */
  async #mustNotRunElsewhere(sessionId: string): Promise<void> {
    const lease = await this.#parts.store.findLease(sessionId);
    if (lease === undefined || (await judgeLease(lease, this.#parts)) !== "alive") return;
    throw new RemoteError("conflict", "its run is of another server");
  }

  async #unlock(request: {
    sessionId: string;
    runId?: string | undefined;
    force: boolean;
    asker: Asker;
  }): Promise<{ wasLocked: boolean; killedRunId?: string | undefined }> {
    const { sessionId, runId, force, asker } = request;
    const { store } = this.#parts;
    const lane = this.#lane(sessionId);
    const work = lane.work;
    if (work !== undefined) {
      if (runId !== undefined && work.runId !== runId) return { wasLocked: false };
      if (!force) throw new SessionLockedError(sessionId, holderOf(work));
      await this.#kill({ sessionId, runId: work.runId, keepQueue: false, asker });
      return { wasLocked: true, killedRunId: work.runId };
    }
    const recovery = await lane.exclusive(async () => {
      const lease = await store.findLease(sessionId);
      if (lease === undefined || lane.work !== undefined || (runId !== undefined && lease.runId !== runId)) {
        return undefined;
      }
      const verdict = await judgeLease(lease, this.#parts);
      if (verdict === "ours") {
        await store.releaseLease(sessionId, lease.runId);
        return { ended: Promise.resolve() };
      }
      // Only its own server can end what lives: never is a lock taken from a living agent.
      if (verdict !== "dead") {
        throw new SessionLockedError(sessionId, { ...toLockHolder(lease, verdict), isRunAlive: true });
      }
      return lane.recover(lease);
    });
    await recovery?.ended;
    return { wasLocked: recovery !== undefined };
  }

  async #recover(sessionId: string, dead: LeaseRow | undefined): Promise<void> {
    const lane = this.#lane(sessionId);
    await lane.exclusive(async () => {
      if (lane.work === undefined && !this.#isStopping) lane.recover(dead);
    });
  }
}
