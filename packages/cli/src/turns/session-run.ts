/**
 * One run of an engine over a session: what flush-transcript, bootstrap and turn-loop do alike. It owns the deadline, the
 * session's lock, the conversation and the engine; it does not know what a command makes of the results.
 *
 * States: open → settled (the settings are known) → ready (the session is restored and locked, or new) → run → saved, and at the end,
 * once the answer has left the process, closed: the engine is ended last [CAN-2].
 */
import type { PermissionMode, PromptRouting, ResumePoint, RunResult } from "@parlatory/agents";
import { toTimestamp } from "../harness/envelope.ts";
import { resolveWorkingDirectory } from "../inventory/resolve-working-directory.ts";
import { Cancellation, type Clock } from "./cancellation.ts";
import { chooseEngine, randomUuid, type ChosenEngine } from "./choose-engine.ts";
import { Conversation, turnDefaults } from "./conversation.ts";
import { Engine } from "./engine.ts";
import { usageObject } from "./stream-turn.ts";
import { runTurns, type NumberedTurnEvent } from "./turn-loop.ts";
import type { CommandContext } from "../harness/context.ts";
import type { SessionRecord } from "../session-store/session-record.ts";
import type { SessionLock, SessionStore } from "../session-store/session-store.ts";
import type { BootstrapStage } from "./stages.ts";
import type { TurnResult } from "./turn-result.ts";

/** The flags of [TURN-2]. */
export interface SessionRunArguments {
  readonly prompt: string;
  readonly agent: string;
  readonly workingDirectory: string | undefined;
  readonly permissionMode: PermissionMode | undefined;
  readonly model: string | undefined;
  readonly maxBudgetTokens: number | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly graceMs: number;
  readonly directory: string;
  readonly sessionId: string | undefined;
  readonly lockTimeoutMs: number;
}

/** What the turns of a run are given beside their prompt. */
export interface TurnsRequest {
  readonly routing: PromptRouting;
  readonly maxTurns: number;
  readonly continuationPrompt?: string | undefined;
  readonly structuredOutput?: boolean;
  readonly onEvent?: (event: NumberedTurnEvent) => Promise<void>;
}

export const nothingRouted: PromptRouting = { matchedCommands: [], matchedTools: [], deniedTools: [] };

export class SessionRun {
  readonly sessionId: string;
  readonly runId: string;
  /** Set by `turns`. */
  results: readonly TurnResult[] = [];
  readonly #context: CommandContext;
  readonly #args: SessionRunArguments;
  readonly #clock: Clock & Pick<CommandContext, "durationMs">;
  readonly #deadlineMs: number | undefined;
  readonly #cancellation: Cancellation;
  #workingDirectory = "";
  #store: SessionStore | undefined;
  #chosen: ChosenEngine | undefined;
  #engine: Engine | undefined;
  #conversation: Conversation;
  #restored: SessionRecord | undefined;
  #lock: SessionLock | undefined;

  constructor(context: CommandContext, args: SessionRunArguments) {
    const { graceMs, timeoutSeconds } = args;
    // The run began when its arguments were known; reading the prompt from stdin is a part of it.
    const startMs = context.stages.find(({ name }) => name === "argument-parse")?.endMs ?? context.monotonicMs();
    this.#deadlineMs = timeoutSeconds === undefined ? undefined : startMs + timeoutSeconds * 1000;
    this.#context = context;
    this.#args = args;
    this.#clock = createClock(context);
    this.#cancellation = new Cancellation({
      clock: this.#clock,
      deadlineMs: this.#deadlineMs,
      graceMs,
      interrupt: context.signal,
      hurry: context.secondSignal,
    });
    context.afterAnswer(() => this.#close());
    this.sessionId = args.sessionId === undefined || args.sessionId === "" ? context.newId() : args.sessionId;
    this.runId = context.newId();
    this.#conversation = new Conversation({ sessionId: this.sessionId });
  }

  /** Absolute, where the agent works; known after `settle`. */
  get workingDirectory(): string {
    return this.#workingDirectory;
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  /** A coding agent answers; known after `choose`. */
  get isAgent(): boolean {
    return this.#chosen?.isAgent === true;
  }

  /** What the stored session was before; undefined for a new one. */
  get restored(): SessionRecord | undefined {
    return this.#restored;
  }

  /** The signal that ended the last turn. */
  get interruptSignal(): "SIGINT" | "SIGTERM" | null {
    const { stop } = this.#cancellation;
    const wasStopped = this.results.at(-1)?.stopReason === "cancelled" && stop?.cause === "interrupt";
    return wasStopped ? stop.signal : null;
  }

  /** Resolves what the flags name. Errors: `invalid_working_directory`. */
  settle(): void {
    this.#workingDirectory = resolveWorkingDirectory(this.#context, this.#args.workingDirectory);
    endStage(this.#context, "settings-resolve");
  }

  /**
   * Finds the engine. `prompts` are all that it may be given. Errors: a usage error for `--agent`; `invalid_input` for an
   * empty prompt to a coding agent.
   */
  async choose(prompts: readonly string[]): Promise<void> {
    const { agent, permissionMode, model } = this.#args;
    this.#chosen = await chooseEngine(this.#context, { agent, permissionMode, model });
    if (this.isAgent && prompts.includes("") && !this.#cancellation.check()) {
      const { CommandError } = await import("../harness/error.ts");
      throw new CommandError({
        kind: "invalid_input",
        target: "prompt",
        message: `ask '${agent}': the prompt is empty, expected some text of at most 16 MiB`,
        hint: "give a prompt that is not empty",
      });
    }
    if (!this.isAgent && permissionMode !== undefined) this.#warnIgnored("--permission-mode");
    if (!this.isAgent && model !== undefined) this.#warnIgnored("--model");
    endStage(this.#context, "engine-select");
  }

  /** The store, loaded when first asked for. */
  async store(): Promise<SessionStore> {
    if (this.#store === undefined) {
      const { openSessionStore } = await import("../session-store/open-session-store.ts");
      this.#store = openSessionStore({ directory: this.#args.directory, context: this.#context });
    }
    return this.#store;
  }

  /**
   * Makes the conversation and the engine: from the stored session of the given id if there is one, which is then locked
   * until `save` [SES-9], else new. `maxTurns` is what this run may add [LOOP-7]. Errors: those of the store.
   */
  async restore({ maxTurns, resumes }: { readonly maxTurns: number; readonly resumes: boolean }): Promise<void> {
    const { agent, maxBudgetTokens, sessionId } = this.#args;
    if (resumes && sessionId !== undefined && sessionId !== "") await this.#load();
    const restored = this.#restored;
    const isSameAgent = restored?.agent === agent;
    if (restored !== undefined && restored.agent !== null && !isSameAgent) {
      this.#context.warn(
        "agent_changed",
        `the session was with '${restored.agent}'; '${agent}' does not know what was said there`,
      );
    }
    this.#conversation = new Conversation({
      sessionId: this.sessionId,
      limits: {
        maxTurns: maxTurns + (restored?.messages.length ?? 0),
        maxBudgetTokens: maxBudgetTokens ?? (this.isAgent ? undefined : turnDefaults.maxBudgetTokens),
      },
      restored: restored && {
        messages: restored.messages,
        usage: {
          inputTokens: restored.inputTokens,
          outputTokens: restored.outputTokens,
          cacheReadTokens: null,
        },
        usageSource: restored.usageSource,
        compactedTurns: restored.compactedTurns,
        interruptedTurns: restored.interruptedTurns,
      },
      usageSource: this.isAgent ? "agent" : "words",
    });
    const resume: ResumePoint | undefined =
      this.isAgent && isSameAgent && restored.agentSessionId !== null
        ? {
            agentSessionId: restored.agentSessionId,
            workingDirectory: restored.workingDirectory ?? this.workingDirectory,
          }
        : undefined;
    if (this.#chosen === undefined) throw new Error("an engine is chosen before the session is restored");
    this.#engine = new Engine(this.#chosen.source({ workingDirectory: this.workingDirectory, resume }));
    endStage(this.#context, "session-restore");
  }

  /** Runs the turns. Errors: those of starting an engine. */
  async turns(request: TurnsRequest): Promise<readonly TurnResult[]> {
    const { routing, maxTurns, continuationPrompt, structuredOutput = false, onEvent } = request;
    const engine = this.#engine;
    if (engine === undefined) throw new Error("the session is restored before its turns");
    this.results = await runTurns(
      {
        conversation: this.#conversation,
        engine,
        prompt: this.#args.prompt,
        continuationPrompt,
        maxTurns,
        // A coding agent is not told what was routed; it reports its own denials [TURN-11].
        routing: this.isAgent ? { ...routing, deniedTools: [] } : routing,
        cancellation: this.#cancellation,
        clock: this.#clock,
        newMessageId: () => randomUuid(this.#context),
        reform: (result, turnPrompt) =>
          this.#reform(result, structuredOutput ? { prompt: turnPrompt, routing } : undefined),
      },
      onEvent,
    );
    if (this.results.some(({ usageSource }) => usageSource === "none")) {
      this.#context.warn("usage_unknown", `'${this.#args.agent}' does not report the tokens it uses`);
    }
    endStage(this.#context, "turn-run");
    return this.results;
  }

  /** Takes the lock unless this run has it: to look at what is stored and to replace it as one step. Errors: those of the store. */
  async lock(): Promise<SessionLock> {
    if (this.#lock !== undefined) return this.#lock;
    const store = await this.store();
    const { lockTimeoutMs } = this.#args;
    const { stop, graceLeftMs } = this.#cancellation;
    // A stopped run has no time left to wait for others [CAN-3].
    const timeoutMs = stop === undefined ? lockTimeoutMs : Math.min(lockTimeoutMs, graceLeftMs);
    this.#lock = await store.lock(this.sessionId, { timeoutMs, signal: this.#context.secondSignal });
    return this.#lock;
  }

  /** Stores what was committed, and gives the lock back. Errors: those of the store. */
  async save(): Promise<string> {
    const store = await this.store();
    try {
      const lock = await this.lock();
      await lock.save(this.#record());
    } finally {
      await this.release();
    }
    endStage(this.#context, "session-save");
    return store.pathOf(this.sessionId);
  }

  /** Gives the lock back, if this run has it. */
  async release(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.release();
  }

  /** `permission_denials` of the run: echo's once, an agent's as they came [TURN-11]. */
  denials(routing: PromptRouting): { readonly tool_name: string; readonly reason: string }[] {
    const all = this.isAgent ? this.results.flatMap(({ permissionDenials }) => permissionDenials) : routing.deniedTools;
    return all.map(({ toolName, reason }) => ({ tool_name: toolName, reason }));
  }

  /** The payload of `engineFields`. */
  engineValues(routing: PromptRouting) {
    const { agent, model } = this.#args;
    const conversation = this.#conversation;
    return {
      agent,
      model: model ?? null,
      usage: usageObject(conversation.usage),
      usage_source: conversation.usageSource,
      permission_denials: this.denials(routing),
      compacted_turns: conversation.compactedTurns,
    };
  }

  async #load(): Promise<void> {
    const store = await this.store();
    const leftMs = (this.#deadlineMs ?? Number.POSITIVE_INFINITY) - this.#context.monotonicMs();
    this.#lock = await store.lock(this.sessionId, {
      timeoutMs: Math.max(0, Math.min(this.#args.lockTimeoutMs, leftMs)),
      signal: this.#context.signal,
    });
    if (await store.has(this.sessionId)) this.#restored = await store.load(this.sessionId);
  }

  /** `structured`: what the output is made of, for the JSON form of it [TURN-14]. */
  async #reform(
    result: RunResult,
    structured: { readonly prompt: string; readonly routing: PromptRouting } | undefined,
  ): Promise<RunResult> {
    const { agent, maxBudgetTokens } = this.#args;
    if (result.usage.source === "none" && maxBudgetTokens !== undefined) {
      const { budgetUnknown } = await import("./agent-failure.ts");
      return { ...result, outcome: "failed", error: budgetUnknown(agent) };
    }
    if (structured === undefined) return result;
    const { structureResult } = await import("./structured-output.ts");
    const isEcho = this.#engine?.session?.capabilities.isolation === "inline";
    return structureResult(result, { sessionId: this.sessionId, agent, echoed: isEcho ? structured : undefined });
  }

  #record(): SessionRecord {
    const { agent, model } = this.#args;
    const restored = this.#restored;
    const conversation = this.#conversation;
    const now = toTimestamp(this.#context.now());
    const isSameAgent = restored?.agent === agent;
    const agentSessionId = this.#engine?.session?.agentSessionId ?? (isSameAgent ? restored.agentSessionId : null);
    return {
      sessionId: this.sessionId,
      messages: conversation.messages,
      inputTokens: conversation.usage.inputTokens,
      outputTokens: conversation.usage.outputTokens,
      createdAt: restored === undefined ? now : restored.createdAt,
      updatedAt: now,
      // An agent finds its own session only where it was begun.
      workingDirectory: (isSameAgent ? restored.workingDirectory : null) ?? this.workingDirectory,
      agent,
      model: model ?? restored?.model ?? null,
      agentSessionId,
      stopReason: this.results.at(-1)?.stopReason ?? restored?.stopReason ?? null,
      usageSource: conversation.usageSource,
      compactedTurns: conversation.compactedTurns,
      interruptedTurns: conversation.interruptedTurns,
      unknown: restored?.unknown ?? {},
    };
  }

  #warnIgnored(option: string): void {
    this.#context.warn("option_ignored", `${option} has no meaning for ${this.#args.agent}`);
  }

  async #close(): Promise<void> {
    await this.release();
    await this.#engine?.end(this.#clock, this.#cancellation);
    this.#cancellation.close();
  }
}

/** `stage` is over: the only instrument, used by the code that is measured [CMD-bootstrap-graph-1]. */
export function endStage(context: Pick<CommandContext, "stages" | "monotonicMs">, stage: BootstrapStage): void {
  context.stages.push({ name: stage, endMs: context.monotonicMs() });
}

function createClock(context: CommandContext): Clock & Pick<CommandContext, "durationMs"> {
  return {
    monotonicMs: () => context.monotonicMs(),
    durationMs: (sinceMonotonicMs) => context.durationMs(sinceMonotonicMs),
    startTimer: (ms, callback) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  };
}
