/**
 * One session's lane: what holds its lock on this server, and which prompt runs next. Every step that changes who runs is
 * taken in `exclusive`, one after the other, so that each sees what the one before left. The lock itself is in the store
 * ([LOCK-1]): other servers may have it.
 * States: free → busy (a prompt, a compaction, a recovery) → free; while free, prompts may wait for a lock that another
 * server has, or for a session that is driven elsewhere: they are looked at again every second.
 */
import { REMOTE_LIMITS, RemoteError } from "@parlatory/protocol/remote";
import type { LeaseRow, PromptRow } from "../../store/remote-store.ts";
import { StoreUnavailableError } from "../../store/store.ts";
import { SessionLockedError, type Asker, type PromptResult } from "../run-desk.ts";
import type { AcceptedPrompt, LockHolder } from "../run-requests.ts";
import { CompactionRun, type CompactionRequest } from "./compaction-run.ts";
import { finishPrompt } from "./finish-prompt.ts";
import { judgeLease, toLockHolder } from "./lease-judgement.ts";
import type { CheckedPrompt } from "./prompt-checks.ts";
import { encodePromptDocument, parsePromptDocument, parsePromptResult, toPromptStatus } from "./prompt-document.ts";
import { cancelled, toPromptResult } from "./prompt-outcome.ts";
import { PromptRun } from "./prompt-run.ts";
import { RecoveryRun } from "./recovery-run.ts";
import type { RunParts } from "./run-parts.ts";
import type { KillRequest, SessionWork } from "./session-work.ts";
import type { WorkLane } from "./work-lane.ts";

const lookAgainMs = 1_000;

type Placed =
  | { readonly modeApplied: AcceptedPrompt["modeApplied"]; readonly queuePosition?: number | undefined }
  | { readonly known: PromptRow };

export class SessionLane implements WorkLane {
  readonly sessionId: string;
  readonly #parts: RunParts;
  readonly #onIdle: () => void;
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #work: SessionWork | undefined;
  /** Prompts that wait, with the client session each is of. Those of other servers are known once they are seen. */
  readonly #waiting = new Map<string, string>();
  #cancelLook: (() => void) | undefined;
  #isStopping = false;

  /** `onIdle`: nobody needs the lane any more. */
  constructor(sessionId: string, parts: RunParts, onIdle: () => void) {
    this.sessionId = sessionId;
    this.#parts = parts;
    this.#onIdle = onIdle;
  }

  get work(): SessionWork | undefined {
    return this.#work;
  }

  get queuedPrompts(): number {
    return this.#waiting.size;
  }

  /** Something of the session is under way or waits. */
  get isBusy(): boolean {
    return this.#work !== undefined || this.#waiting.size > 0;
  }

  /** Nobody needs the lane. */
  get isIdle(): boolean {
    return !this.isBusy && this.#pending === 0 && this.#cancelLook === undefined;
  }

  exclusive<Value>(step: () => Promise<Value>): Promise<Value> {
    this.#pending++;
    const result = this.#tail.then(step);
    const end = () => {
      this.#pending--;
      if (this.isIdle) this.#onIdle();
    };
    this.#tail = result.then(end, end);
    return result;
  }

  /** No further run begins here. */
  stopAdvancing(): void {
    this.#isStopping = true;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  /**
   * Records a prompt and runs it, or has it wait ([PROMPT-8], [PROMPT-10]).
   * @throws SessionLockedError, RemoteError `Prompt queue is full`
   */
  async place(checked: CheckedPrompt, asker: Asker): Promise<Placed> {
    const { document, promptId, sessionId } = checked;
    const prompt: Omit<PromptRow, "position"> = {
      promptId,
      sessionId,
      clientSessionId: asker.clientSessionId,
      fingerprint: checked.fingerprint,
      requestJson: encodePromptDocument(document),
      state: "accepted",
      acceptedAt: this.#parts.clock.now(),
    };
    // A queue that could move by itself comes before who is new.
    if (this.#work === undefined && this.#waiting.size > 0) await this.advance();
    const work = this.#work;
    if (work !== undefined) return this.#placeBehind(work, prompt, document.mode);
    const mustWait = !document.force && (await this.#parts.elsewhere.look(sessionId));
    // What waits for somebody else's turn to end does not hold up who will not wait for it ([LOCK-9]).
    if (mustWait || (this.#waiting.size > 0 && !document.force)) {
      if (document.mode === "reject") {
        return this.#refuse(prompt, mustWait ? { holder: "elsewhere" } : await this.#holder());
      }
      const placed = await this.#enqueue(prompt, false);
      if ("modeApplied" in placed) this.#tellQueued(prompt, placed.queuePosition);
      this.advanceLater();
      return placed;
    }
    return this.#placeFirst(prompt, document.mode);
  }

  /** @throws SessionLockedError */
  async compact(request: CompactionRequest): Promise<void> {
    const { store, keeper, clock, elsewhere } = this.#parts;
    if (this.#work === undefined && this.#waiting.size > 0) await this.advance();
    if (this.#work !== undefined) throw this.#locked(holderOf(this.#work));
    if (await elsewhere.look(this.sessionId)) throw this.#locked({ holder: "elsewhere" });
    const lease = keeper.create(this.sessionId, this.#parts.randomUuid(), "compaction");
    let taken = await store.takeLease(lease, clock.now());
    if (taken.outcome === "held" && (await this.#freeOwn(taken.lease))) {
      taken = await store.takeLease(lease, clock.now());
    }
    if (taken.outcome === "held") throw this.#locked(await this.#meet(taken.lease));
    const run = new CompactionRun(lease, request, this, this.#parts);
    keeper.hold(lease, () => void run.stop("lease_lost"));
    this.begin(run);
  }

  /** Takes a waiting prompt back; false when it does not wait. */
  async cancel(row: PromptRow): Promise<boolean> {
    const result = await this.#finishWaiting(row);
    if (result === undefined) return false;
    this.tellResult(result);
    this.#parts.listeners.tell("onStatus", this.sessionId);
    return true;
  }

  /** What an earlier server left here is settled before anything runs. */
  recover(dead?: LeaseRow): RecoveryRun {
    const run = new RecoveryRun({ dead }, this, this.#parts);
    this.begin(run);
    return run;
  }

  begin(work: SessionWork & { start(): void }): void {
    this.#work = work;
    if (work.promptId !== undefined) this.#waiting.delete(work.promptId);
    // After the answer to what began it ([PROMPT-8]).
    this.#parts.scheduler.soon(() => work.start());
  }

  clear(work: SessionWork): void {
    if (this.#work === work) this.#work = undefined;
  }

  noteWaiting(promptId: string, clientSessionId: string): void {
    this.#waiting.set(promptId, clientSessionId);
  }

  async cancelWaiting(): Promise<readonly PromptResult[]> {
    const { store, steps } = this.#parts;
    const open = await steps.take("list prompts", () => store.listOpenPrompts(this.sessionId));
    const results: PromptResult[] = [];
    for (const row of open) {
      if (row.state !== "accepted" || row.promptId === this.#work?.promptId) continue;
      const result = await this.#finishWaiting(row);
      if (result !== undefined) results.push(result);
    }
    return results;
  }

  tellKilled({ askers }: KillRequest, running: string | undefined): void {
    const told = new Set(askers.map(({ clientSessionId }) => clientSessionId));
    if (running !== undefined) told.add(running);
    this.#parts.listeners.tell("onKilled", this.sessionId, [...told]);
  }

  tellResult(result: PromptResult): void {
    const { promptId, sessionId, clientSessionId, success, ending } = result;
    const failed = ending === "cancelled" ? "cancelled" : "failed";
    this.#waiting.delete(promptId);
    this.#parts.listeners.tell("onResult", result);
    const status = { promptId, sessionId, state: success ? "finished" : failed } as const;
    this.#parts.listeners.tell("onPromptStatus", status, clientSessionId);
  }

  /** In `exclusive`. */
  async advance(): Promise<void> {
    if (this.#isStopping || this.#work !== undefined) return;
    try {
      if (!(await this.#startNext())) this.advanceLater();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) {
        this.#parts.log.error("the next prompt of a session could not be started", {
          sessionId: this.sessionId,
          error,
        });
      }
      this.advanceLater();
    }
  }

  advanceLater(): void {
    if (this.#isStopping) return;
    this.#cancelLook ??= this.#parts.scheduler.after(lookAgainMs, () => {
      this.#cancelLook = undefined;
      void this.exclusive(() => this.advance());
    });
  }

  async #placeFirst(prompt: Omit<PromptRow, "position">, mode: string): Promise<Placed> {
    const { store, keeper, clock } = this.#parts;
    this.#parts.noteOwnPrompt?.(prompt.promptId);
    const lease = keeper.create(this.sessionId, this.#parts.randomUuid(), "prompt");
    const accept = () =>
      store.acceptPrompt({
        prompt,
        lease,
        front: mode === "interrupt",
        maxQueued: mode === "reject" ? undefined : REMOTE_LIMITS.queuedPrompts,
        now: clock.now(),
      });
    let accepted;
    try {
      accepted = await accept();
      if (accepted.outcome === "locked" && (await this.#freeOwn(accepted.lease))) accepted = await accept();
    } catch (error) {
      // Whether it was recorded is not known: if so, it is found.
      this.advanceLater();
      throw error;
    }
    switch (accepted.outcome) {
      case "known":
        this.advanceLater();
        return { known: accepted.prompt };
      case "queue_full":
        throw queueFull();
      case "locked":
        throw this.#locked(await this.#meet(accepted.lease));
      case "accepted":
        break;
    }
    if (accepted.queuePosition > 0) {
      this.#waiting.set(prompt.promptId, prompt.clientSessionId);
      this.#tellQueued(prompt, accepted.queuePosition);
      this.advanceLater();
      return { modeApplied: "queue", queuePosition: accepted.queuePosition };
    }
    this.#beginPrompt({ ...prompt, position: 0 }, lease);
    return { modeApplied: "run" };
  }

  async #placeBehind(
    work: SessionWork,
    prompt: Omit<PromptRow, "position">,
    mode: "reject" | "queue" | "steer" | "interrupt",
  ): Promise<Placed> {
    if (mode === "reject") return this.#refuse(prompt, holderOf(work));
    const placed = await this.#enqueue(prompt, mode === "interrupt");
    if ("known" in placed) return placed;
    if (mode === "steer" && work instanceof PromptRun && (await this.#steer(work, prompt))) {
      return { modeApplied: "steer" };
    }
    this.#tellQueued(prompt, placed.queuePosition);
    if (mode !== "interrupt") return placed;
    this.#parts.scheduler.soon(() => void work.stop("interrupt", { isForced: true }));
    return { ...placed, modeApplied: "interrupt" };
  }

  /** The session is locked, unless by this very prompt, which came twice. @throws SessionLockedError */
  async #refuse({ promptId }: { promptId: string }, holder: LockHolder): Promise<Placed> {
    const known = await this.#parts.store.findPrompt(promptId);
    if (known !== undefined) return { known };
    throw this.#locked(holder);
  }

  async #steer(work: PromptRun, prompt: Omit<PromptRow, "position">): Promise<boolean> {
    try {
      const isTaken = await work.steer({ ...prompt, position: 0 });
      if (!isTaken) return false;
      this.#waiting.delete(prompt.promptId);
      const status = { ...toPromptStatus(prompt), state: "steered" } as const;
      this.#parts.scheduler.soon(() => this.#parts.listeners.tell("onPromptStatus", status, prompt.clientSessionId));
      return true;
    } catch (error) {
      this.#parts.log.warn("a prompt could not be steered; it waits", { sessionId: this.sessionId, error });
      return false;
    }
  }

  async #enqueue(prompt: Omit<PromptRow, "position">, front: boolean): Promise<Placed> {
    const { store, clock } = this.#parts;
    this.#parts.noteOwnPrompt?.(prompt.promptId);
    const maxQueued = REMOTE_LIMITS.queuedPrompts;
    const accepted = await store.acceptPrompt({ prompt, front, maxQueued, now: clock.now() });
    if (accepted.outcome === "known") return { known: accepted.prompt };
    if (accepted.outcome !== "accepted") throw queueFull();
    this.#waiting.set(prompt.promptId, prompt.clientSessionId);
    return { modeApplied: "queue", queuePosition: accepted.queuePosition };
  }

  /** After the answer to the prompt; one that has begun meanwhile has told more. */
  #tellQueued(prompt: Omit<PromptRow, "position">, queuePosition: number | undefined): void {
    const { scheduler, listeners } = this.#parts;
    scheduler.soon(() => {
      if (!this.#waiting.has(prompt.promptId)) return;
      listeners.tell("onPromptStatus", { ...toPromptStatus(prompt), queuePosition }, prompt.clientSessionId);
      listeners.tell("onStatus", this.sessionId);
    });
  }

  /** False: something waits, and cannot be started now. */
  async #startNext(): Promise<boolean> {
    const { store, keeper, clock, elsewhere, owner } = this.#parts;
    const open = await store.listOpenPrompts(this.sessionId);
    // Those of another machine wait for a server there.
    const mine = open.filter((row) => parsePromptDocument(row).host === owner.host);
    await this.#tellEndedElsewhere(mine);
    const next = mine.find(({ state }) => state === "accepted");
    const isLeft = mine.some(({ state }) => state === "handed" || state === "seen");
    if (next === undefined && !isLeft) return this.#waiting.size === 0;
    if (!isLeft && next !== undefined && !parsePromptDocument(next).force && (await elsewhere.look(this.sessionId))) {
      return false;
    }
    const lease = keeper.create(this.sessionId, this.#parts.randomUuid(), isLeft ? "recovery" : "prompt");
    let taken = await store.takeLease(lease, clock.now());
    if (taken.outcome === "held" && (await this.#freeOwn(taken.lease))) {
      taken = await store.takeLease(lease, clock.now());
    }
    if (taken.outcome === "held") {
      await this.#meet(taken.lease);
      return this.#work !== undefined;
    }
    if (isLeft) this.begin(new RecoveryRun({ held: lease }, this, this.#parts));
    else if (next !== undefined) this.#beginPrompt(next, lease);
    return true;
  }

  #beginPrompt(row: PromptRow, lease: LeaseRow): void {
    const run = new PromptRun({ ...row, runId: lease.runId }, this, this.#parts);
    this.#parts.keeper.hold(lease, () => void run.stop("lease_lost"));
    this.begin(run);
  }

  /** Prompts of ours that another server has run are told here too; what waits besides is known from now on. */
  async #tellEndedElsewhere(open: readonly PromptRow[]): Promise<void> {
    const ids = new Set(open.map(({ promptId }) => promptId));
    for (const promptId of [...this.#waiting.keys()]) {
      if (ids.has(promptId)) continue;
      const row = await this.#parts.store.findPrompt(promptId);
      this.#waiting.delete(promptId);
      const result = row === undefined || row.state === "steered" ? undefined : parsePromptResult(row);
      if (result !== undefined) this.tellResult(result);
    }
    for (const { promptId, clientSessionId } of open) this.#waiting.set(promptId, clientSessionId);
  }

  /** Undefined: it had an outcome already. */
  async #finishWaiting(row: PromptRow): Promise<PromptResult | undefined> {
    const { clock, randomUuid } = this.#parts;
    const at = { messageId: randomUuid(), runId: null, finishedAt: clock.now() };
    const standing = await finishPrompt(row, toPromptResult(row, cancelled(), at), this.#parts);
    return standing?.messageId === at.messageId ? standing : undefined;
  }

  /** A lock of this server that no run has: what took it does not know that it did. */
  async #freeOwn(lease: LeaseRow): Promise<boolean> {
    if ((await judgeLease(lease, this.#parts)) !== "ours" || this.#work?.runId === lease.runId) return false;
    return this.#parts.store.releaseLease(this.sessionId, lease.runId);
  }

  /** The lock is another server's: one that is gone is recovered from. */
  async #meet(lease: LeaseRow): Promise<LockHolder> {
    const verdict = await judgeLease(lease, this.#parts);
    if (verdict === "dead" && this.#work === undefined && !this.#isStopping) this.recover(lease);
    return toLockHolder(lease, verdict);
  }

  async #holder(): Promise<LockHolder> {
    const lease = await this.#parts.store.findLease(this.sessionId);
    return lease === undefined ? { holder: "prompt" } : toLockHolder(lease, await judgeLease(lease, this.#parts));
  }

  #locked(holder: LockHolder): SessionLockedError {
    return new SessionLockedError(this.sessionId, holder);
  }
}

export function holderOf({ kind, runId, since }: SessionWork): LockHolder {
  return { holder: kind, runId, since, isRunAlive: true };
}

function queueFull(): RemoteError {
  return new RemoteError("queue_full", "Prompt queue is full");
}
