/**
 * A conversation with the echo agent of the remote. Takes one prompt at a time, and interruptions, answers and further texts
 * meanwhile; what a prompt means is in echo-turn.ts.
 * States: idle ⇄ running → ended.
 */
import { countWords } from "@parlatory/protocol/words";
import { ActiveRun } from "../active-run.ts";
import type { PermissionQuestion, SessionEvent } from "../agent-event.ts";
import { AgentError } from "../agent-error.ts";
import type { AgentCapabilities, PermissionMode } from "../capabilities.ts";
import type { PermissionPolicy } from "../driver.ts";
import { PermissionDesk } from "../permission-desk.ts";
import type {
  AgentSession,
  PermissionAnswer,
  PromptRequest,
  Run,
  RunUsage,
  SteerMessage,
  SteerOutcome,
} from "../session.ts";
import type { EchoMemory } from "./echo-memory.ts";
import { readEchoOrder } from "./echo-order.ts";
import { EchoTurn, type EchoEnd } from "./echo-turn.ts";

export interface RemoteEchoPlan {
  readonly agentSessionId: string;
  readonly capabilities: AgentCapabilities;
  readonly permissionMode: PermissionMode;
  readonly allowBypass: boolean;
  readonly permissionQuestions: PermissionPolicy;
  /** What was said before. */
  readonly seedText: string;
  readonly memory: EchoMemory;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly onEvent: (event: SessionEvent) => void;
}

interface CurrentTurn {
  readonly run: ActiveRun;
  readonly stop: AbortController;
  readonly steered: SteerMessage[];
  /** It has a boundary ahead of it at which texts are taken up. */
  isSteerable: boolean;
}

type CompactRequest = Parameters<NonNullable<AgentSession["compact"]>>[0];

const noWords: RunUsage = {
  source: "words",
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
};
const nothing = { inputUsd: 0, outputUsd: 0, totalUsd: 0 };
/** More than anybody steers into one turn. */
const maxSteered = 100;

export class RemoteEchoSession implements AgentSession {
  readonly agentSessionId: string;
  readonly capabilities: AgentCapabilities;
  readonly ended: Promise<void>;
  readonly #plan: RemoteEchoPlan;
  readonly #desk: PermissionDesk;
  readonly #resolveEnded: () => void;
  #mode: PermissionMode;
  /** Words of the conversation since the last compaction: its context. */
  #contextWords: number;
  #turn: CurrentTurn | undefined;
  #hasEnded = false;

  constructor(plan: RemoteEchoPlan) {
    this.agentSessionId = plan.agentSessionId;
    this.capabilities = plan.capabilities;
    this.#plan = plan;
    this.#desk = new PermissionDesk(plan.permissionQuestions);
    this.#mode = plan.permissionMode;
    this.#contextWords = countWords(plan.seedText);
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
  }

  get isIdle(): boolean {
    return this.#turn === undefined && !this.#hasEnded;
  }

  submit(request: PromptRequest): Run {
    const run = this.#begin(request, true);
    if (run.isSettled) return run;
    const { prompt, messageUuid } = request;
    run.emit({ type: "prompt_seen", messageUuid });
    if (!this.#plan.memory.takePrompt(this.agentSessionId, messageUuid)) {
      this.#settle(run, { outcome: "completed", isIdle: true, isDuplicate: true });
    } else void this.#perform(prompt, run);
    return run;
  }

  /** `instructions` may hold an order too: one to wait, to fail or to crash. */
  compact(request: CompactRequest): Run {
    const run = this.#begin(request, false);
    if (!run.isSettled) void this.#compact(request.instructions ?? "", run);
    return run;
  }

  async interrupt(): Promise<boolean> {
    const turn = this.#turn;
    if (turn === undefined) return false;
    this.#stop(turn);
    await turn.run.result;
    return true;
  }

  steer(message: SteerMessage): Promise<SteerOutcome> {
    const turn = this.#turn;
    if (turn === undefined) return Promise.resolve("idle");
    if (!turn.isSteerable || turn.steered.length >= maxSteered) return Promise.resolve("unsupported");
    turn.steered.push(message);
    return Promise.resolve("accepted");
  }

  setPermissionMode(mode: PermissionMode): Promise<boolean> {
    if (mode === "bypassPermissions" && !this.#plan.allowBypass) return Promise.resolve(false);
    this.#mode = mode;
    this.#plan.onEvent({ type: "mode_changed", mode });
    return Promise.resolve(true);
  }

  answerPermission(questionId: string, answer: PermissionAnswer): boolean {
    return this.#desk.answer(questionId, answer);
  }

  async close(): Promise<void> {
    const turn = this.#turn;
    if (turn !== undefined) this.#stop(turn);
    await turn?.run.result;
    this.#end({ exitCode: 0 });
  }

  /** A settled run when it cannot be begun. */
  #begin(request: ActiveRun["request"], isSteerable: boolean): ActiveRun {
    const run = new ActiveRun(request, () => void this.interrupt());
    if (run.isAborted) run.settle({ outcome: "cancelled", isIdle: this.isIdle });
    else if (!this.isIdle) {
      const reason = this.#hasEnded ? "it has ended; start it again" : "it is still busy with the one before";
      run.settle({ outcome: "failed", error: failure(`send a prompt to echo: ${reason}`), isIdle: false });
    } else this.#turn = { run, stop: new AbortController(), steered: [], isSteerable };
    return run;
  }

  async #perform(prompt: string, run: ActiveRun): Promise<void> {
    const turn = new EchoTurn(run, {
      pause: (ms) => this.#pause(ms),
      ask: (question) => this.#ask(question),
      takeSteered: (isLast) => this.#takeSteered(isLast),
    });
    const end = await turn.perform(readEchoOrder(prompt));
    const output = end?.type === "reply" ? end.text : "";
    const usage = turn.usageOf(prompt, output);
    this.#contextWords += usage.inputTokens + usage.outputTokens;
    if (end?.type === "reply") {
      this.#settle(run, { outcome: "completed", output, usage, agentStopReason: "end_turn", isIdle: true });
    } else this.#settleWithoutReply(run, end, usage);
  }

  #takeSteered(isLast: boolean): readonly SteerMessage[] {
    const turn = this.#turn;
    if (turn === undefined) return [];
    turn.isSteerable = !isLast;
    return turn.steered.splice(0);
  }

  async #pause(ms: number): Promise<void> {
    const signal = this.#turn?.stop.signal;
    signal?.throwIfAborted();
    if (signal !== undefined) await this.#plan.delay(ms, signal);
    signal?.throwIfAborted();
  }

  #ask(question: PermissionQuestion): Promise<PermissionAnswer> {
    if (this.#mode === "bypassPermissions") return Promise.resolve({ behavior: "allow" });
    const { promise, resolve, reject } = Promise.withResolvers<PermissionAnswer>();
    this.#desk.put(
      question,
      () => this.#turn?.run.emit({ type: "permission_question", ...question }),
      (answer, isInterruption) => (isInterruption ? reject(new Error("the turn was interrupted")) : resolve(answer)),
    );
    return promise;
  }

  async #compact(instructions: string, run: ActiveRun): Promise<void> {
    const order = readEchoOrder(instructions);
    if (order.type === "fail") return this.#settleWithoutReply(run, { type: "failure", text: order.text });
    if (order.type === "crash") return this.#settleWithoutReply(run, order);
    if (order.type === "sleep" && !(await this.#hasPaused(order.ms))) return this.#settleWithoutReply(run, undefined);
    const tokensBefore = this.#contextWords;
    this.#contextWords = 0;
    run.emit({ type: "compaction", trigger: "manual", tokensBefore, tokensAfter: 0 });
    this.#settle(run, { outcome: "completed", agentStopReason: "end_turn", isIdle: true });
  }

  /** False: it was interrupted. */
  #hasPaused(ms: number): Promise<boolean> {
    return this.#pause(ms).then(
      () => true,
      () => false,
    );
  }

  /** No `end`: the turn was interrupted. */
  #settleWithoutReply(run: ActiveRun, end: Exclude<EchoEnd, { type: "reply" }> | undefined, usage = noWords): void {
    if (end === undefined) {
      this.#settle(run, { outcome: "cancelled", agentStopReason: "interrupted", usage, isIdle: true });
    } else if (end.type === "failure") {
      this.#settle(run, { outcome: "failed", error: failure(end.text), usage, isIdle: true });
    } else {
      const error = failure("echo ended (exit status 1) before it answered");
      this.#settle(run, { outcome: "failed", error, isIdle: false });
      this.#end({ exitCode: 1 });
    }
  }

  #settle(run: ActiveRun, end: Parameters<ActiveRun["settle"]>[0]): void {
    this.#turn = undefined;
    this.#desk.withdrawAll();
    run.settle({ cost: nothing, usage: noWords, ...end });
  }

  #stop(turn: CurrentTurn): void {
    turn.stop.abort();
    this.#desk.interruptAll();
  }

  #end({ exitCode }: { readonly exitCode: number }): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#plan.onEvent({ type: "ended", exitCode, signal: null });
    this.#resolveEnded();
  }
}

function failure(message: string): AgentError {
  return new AgentError({
    kind: "engine_failed",
    target: "echo",
    message: message === "" ? "it failed as asked" : message,
  });
}
