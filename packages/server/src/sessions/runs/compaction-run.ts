/**
 * A compaction with its session's lock ([COMPACT-4]): success is what the agent reports as compacted, not the mere end.
 * States: waiting → starting → running → concluding → ended.
 */
import { AgentError } from "@parlatory/agents";
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { LeaseRow } from "../../store/remote-store.ts";
import type { Asker, RunListener } from "../run-desk.ts";
import type { SessionState } from "../session.ts";
import { AgentRun, type RunEnd } from "./agent-run.ts";
import { planLaunch } from "./prompt-launch.ts";
import { refreshLog } from "./record-wait.ts";
import type { RunParts } from "./run-parts.ts";
import type { KillRequest, SessionWork, StopReason } from "./session-work.ts";
import { mergeKill, type WorkLane } from "./work-lane.ts";

type Outcome = Parameters<NonNullable<RunListener["onCompaction"]>>[0];

export interface CompactionRequest {
  readonly agent: string;
  readonly instructions?: string | undefined;
  readonly asker: Asker;
}

export class CompactionRun implements SessionWork {
  readonly kind = "compaction";
  readonly state: SessionState = "compacting";
  readonly runId: string;
  readonly since: number;
  readonly ended: Promise<void>;
  readonly #lease: LeaseRow;
  readonly #request: CompactionRequest;
  readonly #lane: WorkLane;
  readonly #parts: RunParts;
  readonly #run: AgentRun;
  readonly #resolveEnded: () => void;
  #kill: KillRequest | undefined;

  constructor(lease: LeaseRow, request: CompactionRequest, lane: WorkLane, parts: RunParts) {
    this.runId = lease.runId;
    this.since = lease.takenAt;
    this.#lease = lease;
    this.#request = request;
    this.#lane = lane;
    this.#parts = parts;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
    const { sessionId, runId } = lease;
    this.#run = new AgentRun(
      {
        limitMs: REMOTE_LIMITS.compactionMs,
        launch: () => planLaunch({ sessionId, runId, agent: request.agent }, parts),
        beforeHanding: ({ session }) => {
          if (session.compact !== undefined) return Promise.resolve();
          throw new AgentError({ kind: "engine_unsupported", target: request.agent, message: "it cannot compact" });
        },
        hand: ({ session }) => {
          const { instructions } = request;
          const compacting = session.compact?.({ instructions, messageUuid: parts.randomUuid(), generation: 0 });
          if (compacting === undefined) throw new Error("an agent that could compact cannot any more");
          return compacting;
        },
        onEvent: (event, { session }) => {
          if (event.type !== "permission_question") return;
          session.answerPermission(event.questionId, { behavior: "deny", reason: "A compaction uses no tools." });
        },
        onPhase: () => parts.listeners.tell("onStatus", sessionId),
      },
      parts,
    );
  }

  get isWaiting(): boolean {
    return this.#run.phase === "waiting";
  }

  start(): void {
    void this.#drive().finally(this.#resolveEnded);
  }

  /** Nobody but a kill, a stop of the server and its limit ends a compaction ([PROMPT-11]). */
  stop(reason: StopReason, options?: { readonly isForced?: boolean }): Promise<void> {
    return reason === "interrupt" ? Promise.resolve() : this.#run.stop(reason, options);
  }

  kill(request: Parameters<SessionWork["kill"]>[0]): void {
    this.#kill = mergeKill(this.#kill, request);
    void this.stop("kill");
  }

  async #drive(): Promise<void> {
    const { sessionId } = this.#lease;
    try {
      const end = await this.#run.execute();
      await refreshLog(sessionId, this.#parts);
      await this.#lane.exclusive(() => this.#conclude(end));
    } catch (error) {
      this.#parts.log.error("the end of a compaction could not be recorded", { sessionId, error });
      this.#parts.keeper.drop(this.runId);
      this.#lane.clear(this);
      this.#lane.advanceLater();
      await this.#run.release();
    }
  }

  async #conclude(end: RunEnd): Promise<void> {
    const { store, steps, keeper, elsewhere, listeners } = this.#parts;
    const { sessionId } = this.#lease;
    const kill = this.#kill;
    const cancelled = kill === undefined || kill.keepQueue ? [] : await this.#lane.cancelWaiting();
    await steps.take("release the lock of a compaction", () => store.releaseLease(sessionId, this.runId));
    keeper.drop(this.runId);
    elsewhere.noteOwn(sessionId);
    this.#lane.clear(this);
    if (kill !== undefined) this.#lane.tellKilled(kill, undefined);
    listeners.tell("onCompaction", toOutcome(end), sessionId, this.#request.asker.clientSessionId);
    for (const one of cancelled) this.#lane.tellResult(one);
    listeners.tell("onStatus", sessionId);
    await this.#run.release();
    await this.#lane.advance();
  }
}

function toOutcome(end: RunEnd): Outcome {
  const failed = (reason: string): Outcome => ({ ok: false, error: `Compaction failed: ${reason}` });
  if (end.kind === "ended" && end.result.outcome === "completed") {
    const compacted = end.result.compactions.at(-1);
    if (compacted === undefined) return failed(end.result.output.trim() || "the agent did not compact");
    return {
      ok: true,
      ...(compacted.tokensBefore === null ? {} : { preTokens: compacted.tokensBefore }),
      ...(compacted.tokensAfter === null ? {} : { postTokens: compacted.tokensAfter }),
    };
  }
  switch (end.stop) {
    case "timeout":
      return failed(`timed out after ${REMOTE_LIMITS.compactionMs / 1000} seconds`);
    case "kill":
      return failed("Session process terminated");
    case "lease_lost":
      return failed("the server could not keep the session's lock");
    case "cancel":
    case "shutdown":
    case "interrupt":
      return failed("the server is stopping");
    case undefined:
      break;
  }
  if (end.kind === "ended" && end.result.error !== null) return { ok: false, error: end.result.error.message };
  const error = end.kind === "unstarted" ? end.error : undefined;
  return failed(error instanceof Error ? error.message : "the agent gave no reason");
}
