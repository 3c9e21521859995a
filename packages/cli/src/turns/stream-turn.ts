/**
 * One turn as a sequence of events [STR-1], over any engine: announced, admitted or refused, run, and then committed or
 * not. It reads no clock but the one it is given, and knows nothing of loops, stores and commands.
 *
 * The sequence is lazy: nothing is asked of the engine before the events of the announcement are taken, and nothing is
 * committed after the sequence was abandoned. A turn that is stopped ends with the grace period, whatever the engine does.
 */
import type { AgentEvent, AgentSession, PromptRouting, Run, RunResult } from "@parlatory/agents";
import { zeroUsage, type Conversation, type ConversationCompaction, type RefusalReason } from "./conversation.ts";
import type { TurnResult } from "./turn-result.ts";
import type { Cancellation, Clock, Stop } from "./cancellation.ts";
import type { Engine } from "./engine.ts";
import type { TurnEvent, UsageObject } from "./turn-event.ts";
import type { TokenUsage } from "./conversation.ts";

export interface TurnPlan {
  readonly conversation: Conversation;
  readonly engine: Engine;
  readonly prompt: string;
  /** Denials only for an engine that is told of them; a coding agent reports its own [TURN-11]. */
  readonly routing: PromptRouting;
  /** Undefined: without a limit, and nobody can interrupt [LOOP-4]. */
  readonly cancellation?: Cancellation | undefined;
  readonly clock: Clock & { durationMs(sinceMonotonicMs: number): number };
  /** A fresh UUID. */
  readonly newMessageId: () => string;
  /** Gives the output and usage of a finished run another form [TURN-14]. */
  readonly reform?: ((result: RunResult, prompt: string) => Promise<RunResult>) | undefined;
}

/** The result, and what only the events tell. */
interface TurnEnd {
  readonly result: TurnResult;
  readonly compaction?: ConversationCompaction | undefined;
}

/** Output of a turn that the deadline ended [LOOP-6]. */
export const timeoutOutput = "Wall-clock timeout exceeded before turn completed.";

/** Between an agent's acknowledgement of a cancel and its word on how the turn ended. */
const settleAfterAcknowledgeMs = 250;

export async function* streamTurn(plan: TurnPlan): AsyncGenerator<TurnEvent, TurnResult, void> {
  const { conversation, prompt, routing } = plan;
  const { matchedCommands, matchedTools, deniedTools } = routing;
  const startMs = plan.clock.monotonicMs();
  yield { type: "message_start", session_id: conversation.sessionId, prompt };
  if (matchedCommands.length > 0) yield { type: "command_match", commands: matchedCommands };
  if (matchedTools.length > 0) yield { type: "tool_match", tools: matchedTools };
  if (deniedTools.length > 0) {
    yield { type: "permission_denial", denials: deniedTools.map(({ toolName }) => toolName) };
  }
  const turn = new Turn(plan, startMs);
  const { result, compaction } = yield* turn.run();
  yield { type: "message_delta", text: result.output };
  if (compaction !== undefined) yield { type: "compaction", ...compaction };
  yield {
    type: "message_stop",
    usage: usageObject(result.usage),
    stop_reason: result.stopReason,
    transcript_size: conversation.transcript.size,
  };
  return result;
}

export function usageObject({ inputTokens, outputTokens, cacheReadTokens }: TokenUsage): UsageObject {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    ...(cacheReadTokens === null ? {} : { cache_read_tokens: cacheReadTokens }),
  };
}

/** What is known of a run once it is not waited for any more. */
interface RunEnding {
  /** Undefined when the engine did not settle in time. */
  readonly result: RunResult | undefined;
  /** It took note of the stop. */
  readonly acknowledged: boolean;
}

class Turn {
  readonly #plan: TurnPlan;
  readonly #startMs: number;

  constructor(plan: TurnPlan, startMs: number) {
    this.#plan = plan;
    this.#startMs = startMs;
  }

  async *run(): AsyncGenerator<TurnEvent, TurnEnd, void> {
    const { conversation, engine, cancellation } = this.#plan;
    const signal = cancellation?.signal;
    if (isStopped(cancellation)) return this.#uncalled(cancellation.stop);
    // An agent over its budget is not even started [TURN-13].
    const early = conversation.refuse(signal, { transactional: !engine.isAgent });
    if (early !== undefined) return this.#refused(early);
    const session = await engine.ready(cancellation);
    if (isStopped(cancellation)) return this.#uncalled(cancellation.stop);
    if (session === undefined) throw new Error("an engine is undefined only after a stop");
    const { transactional } = session.capabilities;
    const refusal = conversation.refuse(signal, { transactional });
    if (refusal !== undefined) return this.#refused(refusal);
    return yield* this.#ask(session);
  }

  async *#ask(session: AgentSession): AsyncGenerator<TurnEvent, TurnEnd, void> {
    const { conversation, prompt, routing, cancellation, reform } = this.#plan;
    const { generation } = conversation;
    const messageUuid = this.#plan.newMessageId();
    const run = session.submit({ prompt, messageUuid, generation, signal: cancellation?.signal, routing });
    let ending: RunEnding | undefined;
    try {
      ending = yield* this.#follow(session, run);
    } finally {
      // Abandoned: nobody will take what it does.
      if (ending === undefined) void session.interrupt();
    }
    const raw = ending.result;
    const result = raw?.outcome === "completed" && reform !== undefined ? await reform(raw, prompt) : raw;
    // A deadline that passed a moment ago counts, even if its timer had no turn yet.
    if (isStopped(cancellation)) return this.#stopped(cancellation.stop, session, { ...ending, result });
    if (result === undefined) throw new Error("an engine is given up only after a stop");
    return this.#settled(session, result, generation);
  }

  /** Waits for the run; gives what a coding agent denies as it happens [STR-2]. */
  async *#follow(session: AgentSession, run: Run): AsyncGenerator<TurnEvent, RunEnding, void> {
    const ending = this.#endingOf(run);
    if (session.capabilities.isolation === "inline") return ending;
    let isGivenUp = false;
    let step: IteratorResult<AgentEvent, void> | undefined;
    let wake = (): void => undefined;
    const iterator = run.events[Symbol.asyncIterator]();
    const pull = (): void =>
      void iterator.next().then((next) => {
        step = next;
        wake();
      });
    void ending.then(({ result }) => {
      isGivenUp = result === undefined;
      wake();
    });
    pull();
    // The events of a settled run end by themselves, after the last of them.
    while (!isGivenUp) {
      if (step === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      if (step.done === true) break;
      const { value } = step;
      step = undefined;
      if (value.type === "permission_denied" && !this.#isAnnounced(value.toolName)) {
        yield { type: "permission_denial", denials: [value.toolName] };
      }
      pull();
    }
    return ending;
  }

  #isAnnounced(toolName: string): boolean {
    return this.#plan.routing.deniedTools.some((denial) => denial.toolName === toolName);
  }

  async #endingOf(run: Run): Promise<RunEnding> {
    const { cancellation, clock } = this.#plan;
    if (cancellation === undefined) return { result: await run.result, acknowledged: false };
    let acknowledged = false;
    let isOver = false;
    let cancelTimer = (): void => undefined;
    // An engine that took note of the cancel has a moment more to say how the turn ended.
    const noted = new Promise<undefined>((resolve) => {
      void run.acknowledged.then(() => {
        if (isOver || cancellation.stop === undefined) return;
        acknowledged = true;
        cancelTimer = clock.startTimer(settleAfterAcknowledgeMs, () => resolve(undefined));
      });
    });
    const result = await Promise.race([run.result, noted, cancellation.outOfPatience.then(() => undefined)]);
    isOver = true;
    cancelTimer();
    return { result, acknowledged };
  }

  /** The engine came to an end by itself. */
  #settled(session: AgentSession, result: RunResult, generation: number): TurnEnd {
    const { conversation, cancellation, prompt } = this.#plan;
    const { transactional } = session.capabilities;
    const ofEngine = this.#ofEngine(result);
    if (result.outcome === "failed") {
      return this.#end({ ...ofEngine, stopReason: "failed", sessionReusable: result.isReusable, error: result.error });
    }
    if (result.outcome === "cancelled") return this.#cancelledByEngine(session, result);
    const decision = conversation.commit({
      generation,
      prompt,
      usage: result.usage,
      denials: ofEngine.permissionDenials,
      signal: cancellation?.signal,
      transactional,
    });
    const end = this.#end({
      ...ofEngine,
      stopReason: decision.stopReason,
      usage: conversation.usage,
      usageSource: result.usage.source,
      // Whatever a transactional engine was refused, it kept nothing.
      sessionReusable: true,
      cancelObserved: decision.stopReason === "cancelled",
      lateResult: decision.stopReason === "cancelled" ? "discarded" : null,
    });
    return decision.committed ? { ...end, compaction: decision.compaction } : end;
  }

  /** The run was stopped while the engine had the prompt [CAN-2]. */
  #stopped(stop: Stop, session: AgentSession, { result, acknowledged }: RunEnding): TurnEnd {
    const cancelObserved = result !== undefined || acknowledged;
    const lateResult = result?.outcome === "completed" ? "discarded" : null;
    const ofStop = {
      cancelObserved,
      lateResult,
      agentStopReason: result?.agentStopReason ?? null,
      sessionReusable: cancelObserved && isReusable(session, result),
    } as const;
    if (stop.cause === "deadline") return this.#end({ ...ofStop, stopReason: "timeout", output: timeoutOutput });
    if (result?.outcome === "cancelled") return this.#cancelledByEngine(session, result);
    if (lateResult === null || result === undefined || !session.capabilities.transactional) {
      return this.#end({ ...ofStop, stopReason: "cancelled" });
    }
    // Row 4 of [TURN-4]: a transactional engine is refused what it built, and shows it.
    return this.#end({ ...this.#ofEngine(result), ...ofStop, stopReason: "cancelled" });
  }

  #cancelledByEngine(session: AgentSession, result: RunResult): TurnEnd {
    return this.#end({
      ...this.#ofEngine(result),
      stopReason: "cancelled",
      cancelObserved: true,
      sessionReusable: isReusable(session, result),
    });
  }

  /** The run was stopped before the engine was called. */
  #uncalled({ cause }: Stop): TurnEnd {
    const { engine } = this.#plan;
    const isDeadline = cause === "deadline";
    return this.#end({
      stopReason: isDeadline ? "timeout" : "cancelled",
      output: isDeadline ? timeoutOutput : "",
      cancelObserved: true,
      // A coding agent must have been seen idle, and this one may have been stopped while it started [CAN-5].
      sessionReusable: !engine.isAgent || engine.session?.isIdle === true,
    });
  }

  /** Rows 1 and 2 of [TURN-4], and the budget of [TURN-13]. */
  #refused(stopReason: RefusalReason): TurnEnd {
    const { conversation, prompt, routing } = this.#plan;
    const isTurnLimit = stopReason === "max_turns_reached";
    return this.#end({
      stopReason,
      output: isTurnLimit ? `Max turns reached before processing prompt: ${prompt}` : "",
      permissionDenials: routing.deniedTools,
      usage: conversation.usage,
      sessionReusable: true,
      cancelObserved: stopReason === "cancelled",
    });
  }

  /** What every result has that an engine made, with the usage before the call [TURN-6]. */
  #ofEngine(result: RunResult) {
    const { conversation, routing } = this.#plan;
    const { output, agentStopReason, permissionDenials } = result;
    return {
      output,
      agentStopReason,
      permissionDenials: permissionDenials.length > 0 ? permissionDenials : routing.deniedTools,
      usage: conversation.usage,
    };
  }

  #end(parts: Partial<TurnResult> & Pick<TurnResult, "stopReason" | "sessionReusable">): TurnEnd {
    const { conversation, prompt, routing, clock } = this.#plan;
    if (parts.stopReason === "timeout" || parts.stopReason === "cancelled") conversation.countInterruption();
    return {
      result: {
        prompt,
        matchedCommands: routing.matchedCommands,
        matchedTools: routing.matchedTools,
        output: "",
        cancelObserved: false,
        permissionDenials: [],
        usage: zeroUsage,
        durationMs: clock.durationMs(this.#startMs),
        agentStopReason: null,
        lateResult: null,
        error: null,
        usageSource: null,
        ...parts,
      },
    };
  }
}

function isStopped(cancellation: Cancellation | undefined): cancellation is Cancellation & { readonly stop: Stop } {
  return cancellation?.check() === true;
}

/** For a coding agent the driver must have seen it idle [CAN-5]. */
function isReusable(session: AgentSession, result: RunResult | undefined): boolean {
  if (session.capabilities.isolation === "process" && !session.isIdle) return false;
  return result?.isReusable ?? true;
}
