/**
 * The questions of agents that wait for a person ([APPROVE-1] to [APPROVE-8]). The store decides which answer counts; this
 * room tells the agent and everybody else. A question is asked once it is durable.
 * States of a question: waiting → resolved (answered, expired, its run ended, the server restarted, granted before).
 */
import { RemoteError } from "@parlatory/protocol/remote";
import type { PermissionAnswer } from "@parlatory/agents";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { PermissionResolution, PermissionRow, RemoteStore } from "../../store/remote-store.ts";
import type { Asker, PendingPermission, ResolvedPermission } from "../run-desk.ts";
import { orIoError, type DurableSteps } from "./durable-step.ts";
import type { PermissionGrants } from "./permission-grants.ts";
import { summarizePermission } from "./permission-summary.ts";
import type { RunListeners } from "./run-listeners.ts";
import { actorOf, type RunAuditNote } from "./run-options.ts";

export interface PermissionDeskParts {
  readonly store: Pick<
    RemoteStore,
    "addPermission" | "findPermission" | "listPendingPermissions" | "resolvePermission"
  >;
  readonly grants: PermissionGrants;
  readonly steps: DurableSteps;
  readonly listeners: RunListeners;
  readonly audit: (note: RunAuditNote) => void;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomUuid: () => string;
  readonly log: Log;
  readonly timeoutMs: number;
}

/** A question as a run has it. */
export interface AgentQuestion {
  readonly sessionId: string;
  readonly runId: string;
  readonly toolName: string;
  readonly input: unknown;
  /** Passes the decision to the agent. */
  readonly answer: (answer: PermissionAnswer) => void;
}

interface WaitingPermission {
  readonly request: PendingPermission;
  /** Absent: the agent is of another server. */
  readonly question?: AgentQuestion | undefined;
  readonly cancelExpiry: () => void;
}

/** More than agents ask at once; a further question is denied. */
const mostWaiting = 1_000;

export class PermissionDesk {
  readonly #parts: PermissionDeskParts;
  readonly #waiting = new Map<string, WaitingPermission>();
  /** Questions whose agent a restart took: what is asked again replaces one of them ([APPROVE-7]). */
  readonly #lostWithServer = new Map<string, PermissionRow>();

  constructor(parts: PermissionDeskParts) {
    this.#parts = parts;
  }

  /** Oldest first. */
  list(): readonly PendingPermission[] {
    return [...this.#waiting.values()].map(({ request }) => request);
  }

  isWaiting(sessionId: string): boolean {
    for (const { request } of this.#waiting.values()) if (request.sessionId === sessionId) return true;
    return false;
  }

  /** @throws RemoteError `Permission request not found: <id>` */
  async find(requestId: string): Promise<PendingPermission> {
    const waiting = this.#waiting.get(requestId);
    if (waiting !== undefined) return waiting.request;
    const row = await orIoError("Permission request not read", () => this.#parts.store.findPermission(requestId));
    if (row === undefined) throw notFound(requestId);
    return toPending(row);
  }

  /** Resolves when the question is asked, or answered by a grant. What cannot be recorded is denied. */
  async ask(question: AgentQuestion): Promise<void> {
    const { store, grants, clock, randomUuid, timeoutMs, listeners, log } = this.#parts;
    const { sessionId, runId, toolName, input } = question;
    const now = clock.now();
    const inputJson = JSON.stringify(input ?? {});
    const row: PermissionRow = {
      requestId: randomUuid(),
      sessionId,
      runId,
      toolName,
      inputJson,
      createdAt: now,
      expiresAt: now + timeoutMs,
      replaces: this.#takeReplaced(sessionId, toolName, inputJson),
    };
    try {
      if (this.#waiting.size >= mostWaiting) throw new Error("too many questions wait for an answer");
      await store.addPermission(row);
    } catch (error) {
      log.error("a question of an agent was denied: it could not be recorded", { sessionId, toolName, error });
      question.answer({ behavior: "deny", reason: "The permission request could not be recorded. Try again later." });
      return;
    }
    if (grants.has(sessionId, toolName)) return this.#allowByGrant(row, question);
    this.#wait(row, question);
    listeners.tell("onPermissionRequested", toPending(row));
    listeners.tell("onStatus", sessionId);
  }

  /** The first valid answer decides ([APPROVE-2]). @throws RemoteError `Permission request not found: <id>` */
  async answer(answer: {
    requestId: string;
    decision: "allow" | "deny";
    scope: "once" | "session";
    message?: string | undefined;
    updatedInput?: Record<string, unknown> | undefined;
    asker: Asker;
  }): Promise<ResolvedPermission> {
    const { requestId, decision, asker } = answer;
    const scope = decision === "deny" ? "once" : answer.scope;
    const { deviceId, deviceName } = asker;
    const request = await this.find(requestId);
    const decided = await orIoError("Permission not answered", () =>
      this.#parts.store.resolvePermission(requestId, {
        decision,
        scope,
        by: { deviceId, deviceName },
        reason: "answered",
        at: this.#parts.clock.now(),
      }),
    );
    if (decided === undefined) throw notFound(requestId);
    const resolved = toResolved(request, decided.resolution);
    if (!decided.isFirst) return resolved;
    const { sessionId, toolName } = request;
    this.#parts.audit({
      actor: actorOf(asker),
      event: "permission_answered",
      data: { session_id: sessionId, request_id: requestId, tool_name: toolName, decision, scope },
    });
    if (scope === "session") await this.#grant(sessionId, toolName);
    this.#settle(
      resolved,
      decision === "allow"
        ? { behavior: "allow", ...(answer.updatedInput && { updatedInput: answer.updatedInput }) }
        : { behavior: "deny", reason: answer.message ?? deniedBySomebody },
    );
    return resolved;
  }

  /** The run is over: nobody needs an answer any more. Resolves when that is durable. */
  async endRun(runId: string): Promise<void> {
    for (const { request, question } of [...this.#waiting.values()]) {
      if (request.runId !== runId || question === undefined) continue;
      await this.#resolveAs(request, "run_ended", "The run has ended.");
    }
  }

  /** Those of a session whose agent went with an earlier server ([APPROVE-7]). */
  async endLost(sessionId: string): Promise<void> {
    const { store, steps } = this.#parts;
    const rows = await steps.take("list the questions of agents", () => store.listPendingPermissions());
    for (const row of rows) {
      if (row.sessionId !== sessionId || this.#waiting.get(row.requestId)?.question !== undefined) continue;
      this.#lostWithServer.set(row.requestId, row);
      await this.#resolveAs(toPending(row), "server_restarted", "The server was restarted.");
    }
    for (const id of [...this.#lostWithServer.keys()].slice(0, -mostWaiting)) this.#lostWithServer.delete(id);
  }

  /**
   * On a store of several servers: questions that others ask here too, answers that were given there. `pending` is what the
   * store has unresolved.
   */
  async compare(pending: readonly PermissionRow[]): Promise<void> {
    const { store, listeners } = this.#parts;
    const unresolved = new Set(pending.map(({ requestId }) => requestId));
    for (const [requestId, { request }] of [...this.#waiting]) {
      if (unresolved.has(requestId)) continue;
      const resolution = (await store.findPermission(requestId))?.resolution;
      if (resolution === undefined) continue;
      this.#settle(
        toResolved(request, resolution),
        resolution.decision === "allow" ? { behavior: "allow" } : { behavior: "deny", reason: deniedBySomebody },
      );
    }
    for (const row of pending) {
      if (this.#waiting.has(row.requestId) || this.#waiting.size >= mostWaiting) continue;
      this.#waiting.set(row.requestId, { request: toPending(row), cancelExpiry: () => undefined });
      listeners.tell("onPermissionRequested", toPending(row));
      listeners.tell("onStatus", row.sessionId);
    }
  }

  stop(): void {
    for (const { cancelExpiry } of this.#waiting.values()) cancelExpiry();
    this.#waiting.clear();
  }

  /** The answer stands whatever becomes of the grant: without it the next question is asked. */
  async #grant(sessionId: string, toolName: string): Promise<void> {
    try {
      await this.#parts.grants.add(sessionId, toolName, this.#parts.clock.now());
    } catch (error) {
      this.#parts.log.error("a grant could not be recorded", { sessionId, toolName, error });
    }
  }

  #wait(row: PermissionRow, question: AgentQuestion): void {
    const { scheduler, timeoutMs } = this.#parts;
    const seconds = timeoutMs / 1000;
    const text = `No one answered this permission request within ${seconds} seconds. Do not retry it; say what you needed it for.`;
    const request = toPending(row);
    const cancelExpiry = scheduler.after(timeoutMs, () => {
      this.#resolveAs(request, "expired", text).catch((error: unknown) => {
        this.#parts.log.error("an expired question of an agent could not be resolved", { error });
      });
    });
    this.#waiting.set(row.requestId, { request, question, cancelExpiry });
  }

  async #allowByGrant(row: PermissionRow, question: AgentQuestion): Promise<void> {
    const { sessionId, toolName, requestId } = row;
    this.#parts.audit({
      actor: "server",
      event: "permission_granted",
      data: { session_id: sessionId, request_id: requestId, tool_name: toolName },
    });
    const resolution: PermissionResolution = {
      decision: "allow",
      scope: "session",
      reason: "granted",
      at: this.#parts.clock.now(),
    };
    question.answer({ behavior: "allow" });
    await this.#parts.steps.take("resolve a granted question", () =>
      this.#parts.store.resolvePermission(requestId, resolution),
    );
    this.#parts.listeners.tell("onPermissionResolved", toResolved(row, resolution));
  }

  /** Denied without anybody's answer, unless somebody was faster. */
  async #resolveAs(
    request: PendingPermission,
    reason: "expired" | "run_ended" | "server_restarted",
    text: string,
  ): Promise<void> {
    const { store, steps, clock } = this.#parts;
    const decided = await steps.take("resolve a question", () =>
      store.resolvePermission(request.requestId, { decision: "deny", scope: "once", reason, at: clock.now() }),
    );
    if (decided === undefined) return;
    const resolved = toResolved(request, decided.resolution);
    if (decided.isFirst) this.#settle(resolved, { behavior: "deny", reason: text });
  }

  /** Tells the agent, then everybody. */
  #settle(resolved: ResolvedPermission, answer: PermissionAnswer): void {
    const waiting = this.#waiting.get(resolved.requestId);
    waiting?.cancelExpiry();
    this.#waiting.delete(resolved.requestId);
    waiting?.question?.answer(answer);
    this.#parts.listeners.tell("onPermissionResolved", resolved);
    this.#parts.listeners.tell("onStatus", resolved.sessionId);
  }

  #takeReplaced(sessionId: string, toolName: string, inputJson: string): string | undefined {
    for (const row of this.#lostWithServer.values()) {
      if (row.sessionId !== sessionId || row.toolName !== toolName || row.inputJson !== inputJson) continue;
      this.#lostWithServer.delete(row.requestId);
      return row.requestId;
    }
    return undefined;
  }
}

const deniedBySomebody = "The user denied this request.";

function toPending(row: PermissionRow): PendingPermission {
  const { requestId, sessionId, runId, toolName, createdAt, expiresAt, replaces } = row;
  const input: unknown = JSON.parse(row.inputJson);
  const summary = summarizePermission(toolName, input);
  return { requestId, sessionId, runId, toolName, input, summary, createdAt, expiresAt, replaces };
}

function toResolved(
  { requestId, sessionId }: { requestId: string; sessionId: string },
  { decision, scope, by, reason, at }: PermissionResolution,
): ResolvedPermission {
  return { requestId, sessionId, decision, scope, by: by ?? null, reason, at };
}

function notFound(requestId: string): RemoteError {
  return new RemoteError("not_found", `Permission request not found: ${requestId}`);
}
