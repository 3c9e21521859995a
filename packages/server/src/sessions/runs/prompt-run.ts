/**
 * A prompt on its way through its session's agent, with the session's lock ([CRASH-2], [PROMPT-12]). It moves the stored
 * prompt `accepted` → `handed` → `seen` → outcome, each durable before the next begins, and gives the lock back with the
 * outcome. Which prompt runs when is the lane's matter, how an agent is run that of AgentRun.
 * States: waiting → starting → handed → running → concluding → ended.
 */
import type { AgentEvent, PermissionQuestion, PromptAttachment, SteerOutcome } from "@parlatory/agents";
import type { PromptRow } from "../../store/remote-store.ts";
import type { RetryStatus } from "../run-desk.ts";
import type { SessionState } from "../session.ts";
import type { LiveAgent } from "./agent-pool.ts";
import { AgentRun, type RunEnd } from "./agent-run.ts";
import { finishPrompt, finishSteered } from "./finish-prompt.ts";
import { MessageWriter } from "./message-writer.ts";
import { placeAttachments } from "./prompt-attachments.ts";
import { parsePromptDocument, toPromptStatus, type PromptDocument } from "./prompt-document.ts";
import { keepLaunch, planLaunch } from "./prompt-launch.ts";
import { toEnding, toPromptResult, toRecordedEnding, type Ending } from "./prompt-outcome.ts";
import { refreshLog, waitForRecord } from "./record-wait.ts";
import type { RunParts } from "./run-parts.ts";
import type { KillRequest, SessionWork, StopReason } from "./session-work.ts";
import { mergeKill, type WorkLane } from "./work-lane.ts";

export class PromptRun implements SessionWork {
  readonly kind = "prompt";
  readonly runId: string;
  readonly since: number;
  readonly ended: Promise<void>;
  readonly #row: PromptRow;
  readonly #document: PromptDocument;
  readonly #lane: WorkLane;
  readonly #parts: RunParts;
  readonly #run: AgentRun;
  readonly #resolveEnded: () => void;
  readonly #steered: PromptRow[] = [];
  /** Questions on their way to the desk; a run does not end before they are there. */
  readonly #asking = new Set<Promise<void>>();
  #openQuestions = 0;
  #placed: { readonly text: string; readonly attachments: readonly PromptAttachment[] } | undefined;
  #writer: MessageWriter | undefined;
  #seen: Promise<unknown> | undefined;
  #retry: RetryStatus | undefined;
  #kill: KillRequest | undefined;
  #isSettled = false;

  /** `row.runId` holds the session's lock. */
  constructor(row: PromptRow & { readonly runId: string }, lane: WorkLane, parts: RunParts) {
    this.runId = row.runId;
    this.since = parts.clock.now();
    this.#row = row;
    this.#document = parsePromptDocument(row);
    this.#lane = lane;
    this.#parts = parts;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
    this.#run = new AgentRun(
      {
        limitMs: parts.settings.runTimeoutMs,
        launch: () => planLaunch({ ...this.#document, sessionId: row.sessionId, runId: this.runId }, parts),
        beforeHanding: (agent) => this.#prepare(agent),
        hand: ({ session }) =>
          session.submit({
            prompt: this.#placed?.text ?? this.#document.text,
            attachments: this.#placed?.attachments,
            messageUuid: row.promptId,
            generation: 0,
          }),
        onEvent: (event, agent) => this.#handle(event, agent),
        onPhase: () => this.#tellPhase(),
      },
      parts,
    );
  }

  get promptId(): string {
    return this.#row.promptId;
  }

  get clientSessionId(): string {
    return this.#row.clientSessionId;
  }

  get state(): SessionState {
    return this.#openQuestions > 0 ? "waiting_permission" : "running";
  }

  get retry(): RetryStatus | undefined {
    return this.#retry;
  }

  get isWaiting(): boolean {
    return this.#run.phase === "waiting";
  }

  /** The prompt was steered into this run, which is still under way. */
  hasTaken(promptId: string): boolean {
    return this.#steered.some((row) => row.promptId === promptId);
  }

  start(): void {
    if (this.#run.mustWait) {
      this.#parts.listeners.tell("onPromptStatus", toPromptStatus(this.#row), this.clientSessionId);
    }
    void this.#drive().finally(this.#resolveEnded);
  }

  stop(reason: StopReason, options?: { readonly isForced?: boolean }): Promise<void> {
    return this.#run.stop(reason, options);
  }

  kill(request: Parameters<SessionWork["kill"]>[0]): void {
    this.#kill = mergeKill(this.#kill, request);
    void this.stop("kill");
  }

  /**
   * Gives another prompt to the running turn ([PROMPT-10]). False: it waits in the queue as if it had never been tried. For
   * those who have the lane.
   */
  async steer(row: PromptRow): Promise<boolean> {
    const { agent, phase } = this.#run;
    if (phase !== "running" || this.#isSettled || agent?.session.capabilities.canSteer !== true) return false;
    const { store, steps, saveResource } = this.#parts;
    const document = parsePromptDocument(row);
    const { promptId } = row;
    const placed = await placeAttachments(document, {
      accepted: [],
      workingDirectory: this.#document.workingDirectory,
      save: saveResource,
    });
    await steps.take("hand a steered prompt", () => store.movePrompt({ promptId, from: ["accepted"], to: "handed" }));
    const outcome = await this.#giveToTurn(agent, { text: placed.text, messageUuid: promptId });
    if (outcome !== "accepted") {
      await steps.take("queue a prompt", () => store.movePrompt({ promptId, from: ["handed"], to: "accepted" }));
      return false;
    }
    this.#steered.push(row);
    this.#writer?.addPrompt(promptId, placed.text);
    await steps.take("note a steered prompt", () => store.movePrompt({ promptId, from: ["handed"], to: "seen" }));
    return true;
  }

  /** An agent that goes before it answers may have taken the message: it is not given out again. */
  async #giveToTurn(agent: LiveAgent, message: { text: string; messageUuid: string }): Promise<SteerOutcome> {
    const gone = agent.session.ended.then((): SteerOutcome => "accepted");
    return Promise.race([agent.session.steer(message), gone]);
  }

  async #drive(): Promise<void> {
    const { log } = this.#parts;
    try {
      const end = await this.#run.execute();
      this.#isSettled = true;
      if (end.kind === "ended") await this.#waitForRecords(end);
      await this.#lane.exclusive(() => this.#conclude(end));
    } catch (error) {
      // Not durable, so nothing is told: what becomes of the prompt is decided from what the store and the file say.
      const { sessionId } = this.#row;
      log.error("the end of a run could not be recorded", { sessionId, runId: this.runId, error });
      this.#parts.keeper.drop(this.runId);
      this.#lane.noteWaiting(this.promptId, this.clientSessionId);
      this.#lane.clear(this);
      this.#lane.advanceLater();
      await this.#run.release();
    }
  }

  /** Everything that must be durable before the agent gets the prompt. */
  async #prepare(agent: LiveAgent): Promise<void> {
    const { store, steps, saveResource } = this.#parts;
    const { workingDirectory } = this.#document;
    const { capabilities, agentSessionId } = agent.session;
    this.#placed = await placeAttachments(this.#document, {
      accepted: capabilities.attachmentTypes,
      workingDirectory,
      save: saveResource,
    });
    await keepLaunch(agent.launch, agentSessionId, this.#parts);
    if (!capabilities.keepsFiles) {
      const { sessionId, promptId } = this.#row;
      this.#writer = new MessageWriter({ sessionId, cwd: workingDirectory, promptId }, this.#parts);
    }
    await steps.take("hand a prompt", () =>
      store.movePrompt({
        promptId: this.promptId,
        from: ["accepted", "handed", "seen"],
        to: "handed",
        runId: this.runId,
      }),
    );
  }

  #handle(event: AgentEvent, agent: LiveAgent): void {
    switch (event.type) {
      case "prompt_seen":
        if (event.messageUuid === this.promptId) void this.#markSeen();
        break;
      case "message":
        void this.#markSeen();
        this.#writer?.add(event);
        break;
      case "permission_question":
        this.#ask(event, agent);
        break;
      default:
    }
    this.#noteRetry(event);
  }

  /** The agent confirmed the prompt: durable before its outcome, and the first of its own log ([CRASH-2]). */
  #markSeen(): Promise<unknown> {
    const { store, steps } = this.#parts;
    this.#writer?.addPrompt(this.promptId, this.#placed?.text ?? this.#document.text);
    this.#seen ??= steps.take("note that the agent has a prompt", () =>
      store.movePrompt({ promptId: this.promptId, from: ["handed"], to: "seen" }),
    );
    this.#seen.catch(() => undefined); // waited for at the end
    return this.#seen;
  }

  #ask(question: PermissionQuestion, { session }: LiveAgent): void {
    const { permissions } = this.#parts;
    const { sessionId } = this.#row;
    this.#openQuestions++;
    this.#run.setWaitingForAnswer(true);
    const { runId } = this;
    const asking = permissions.ask({
      sessionId,
      runId,
      toolName: question.toolName,
      input: question.input,
      answer: (answer) => {
        this.#openQuestions--;
        if (this.#openQuestions === 0) this.#run.setWaitingForAnswer(false);
        session.answerPermission(question.questionId, answer);
      },
    });
    const done = asking
      .catch((error: unknown) => this.#parts.log.error("a question could not be asked", { sessionId, error }))
      .finally(() => this.#asking.delete(done));
    this.#asking.add(done);
  }

  #noteRetry(event: AgentEvent): void {
    const had = this.#retry;
    if (event.type === "retry") {
      const { attempt, maxAttempts, delayMs, status } = event;
      this.#retry = { attempt, maxAttempts, delayMs, status };
    } else this.#retry = undefined;
    if (had !== this.#retry) this.#parts.listeners.tell("onStatus", this.#row.sessionId);
  }

  #tellPhase(): void {
    const { listeners } = this.#parts;
    if (this.#run.phase === "starting") {
      listeners.tell("onPromptStatus", { ...toPromptStatus(this.#row), state: "running" }, this.clientSessionId);
    }
    listeners.tell("onStatus", this.#row.sessionId);
  }

  /** What the agent said is in the log before the result is told ([PROMPT-12]). */
  async #waitForRecords({ result }: Extract<RunEnd, { kind: "ended" }>): Promise<void> {
    if (result.outcome === "completed") void this.#markSeen();
    if (this.#writer !== undefined) return this.#writer.flush();
    if (result.outcome === "completed" && !result.isDuplicate) {
      await waitForRecord(this.#row.sessionId, this.promptId, this.#parts);
    } else await refreshLog(this.#row.sessionId, this.#parts);
  }

  async #conclude(end: RunEnd): Promise<void> {
    const { keeper, elsewhere, costs, permissions, listeners, clock, randomUuid } = this.#parts;
    const row = this.#row;
    await Promise.all(this.#asking);
    await permissions.endRun(this.runId);
    await this.#seen;
    if (end.kind === "unstarted" && end.stop === "shutdown") return this.#withdraw();

    const ending = await this.#endingOf(end);
    const result = toPromptResult(row, ending, {
      messageId: randomUuid(),
      runId: ending.ending === "cancelled" ? null : this.runId,
      finishedAt: clock.now(),
      mergedPromptIds: this.#steered.map(({ promptId }) => promptId),
    });
    const kill = this.#kill;
    const cancelled = kill === undefined || kill.keepQueue ? [] : await this.#lane.cancelWaiting();
    for (const steered of this.#steered) await finishSteered(steered, this.runId, this.#parts);
    const told = await finishPrompt(row, result, this.#parts, this.runId);
    keeper.drop(this.runId);
    elsewhere.noteOwn(row.sessionId);
    if (end.kind === "ended") costs.add(row.sessionId, result.cost?.totalCost);
    if (told === undefined) this.#lane.noteWaiting(this.promptId, this.clientSessionId);
    this.#lane.clear(this);
    if (kill !== undefined) this.#lane.tellKilled(kill, this.clientSessionId);
    if (told !== undefined) this.#lane.tellResult(told);
    for (const one of cancelled) this.#lane.tellResult(one);
    listeners.tell("onStatus", row.sessionId);
    await this.#keepAgentId();
    await this.#run.release();
    await this.#lane.advance();
  }

  /** The server stops before the agent got anything: the prompt waits for the next one ([PROMPT-11]). */
  async #withdraw(): Promise<void> {
    const { store, keeper } = this.#parts;
    await store.releaseLease(this.#row.sessionId, this.runId);
    keeper.drop(this.runId);
    this.#lane.clear(this);
    await this.#run.release();
  }

  async #endingOf(end: RunEnd): Promise<Ending> {
    const { sessionId, promptId } = this.#row;
    if (end.kind === "ended" && end.result.isDuplicate) {
      const tail = await this.#parts.catalog.tail(sessionId);
      return toRecordedEnding(await tail?.answerTo(promptId));
    }
    const limitMs = this.#parts.settings.runTimeoutMs;
    return toEnding(end, { agent: this.#document.agent, sessionId, limitMs });
  }

  /** Some agents tell their id of a session only when something is in it. */
  async #keepAgentId(): Promise<void> {
    const { agent } = this.#run;
    if (agent === undefined) return;
    try {
      await keepLaunch(agent.launch, agent.session.agentSessionId, this.#parts);
    } catch (error) {
      this.#parts.log.warn("an agent's id of a session could not be kept", { sessionId: this.#row.sessionId, error });
    }
  }
}
