/**
 * What a session has been told so far, and the rules by which a turn is taken in or refused [TURN-3..7], [TURN-13]. It
 * knows no engine, clock, store or command, and does no I/O.
 *
 * States of a turn: proposed → refused (`refuse`) | running → refused | committed (`commit`).
 * Only `commit` changes messages, transcript, denials and usage, all of them in one assignment, so that there is no
 * moment and no failure between two of them. A turn runs under the generation it began with; `revoke` begins another one,
 * and what comes back under an old generation is refused [CAN-6].
 */
import type { PermissionDenial, UsageSource } from "@parlatory/agents";

/** [TURN-3] */
export const turnDefaults = {
  maxTurns: 8,
  maxBudgetTokens: 2000,
  compactAfterTurns: 12,
  structuredRetryLimit: 2,
} as const;

export interface TurnLimits {
  /** Refuses a prompt when so many messages are stored. */
  readonly maxTurns: number;
  /** Of input and output together, over the whole session; undefined: none. */
  readonly maxBudgetTokens: number | undefined;
  /** How many of the newest messages a commit leaves. */
  readonly compactAfterTurns: number;
}

export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Not counted against budgets [TURN-10]; null when nobody told. */
  readonly cacheReadTokens: number | null;
}

export const zeroUsage: TokenUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: null };

/** What a restore brings back [SES-13]. */
export interface RestoredConversation {
  readonly messages: readonly string[];
  readonly usage: TokenUsage;
  readonly usageSource: UsageSource;
  readonly compactedTurns: number;
  readonly interruptedTurns: number;
}

/** A finished turn that asks to be taken in. */
export interface TurnProposal {
  /** The one the turn began under. */
  readonly generation: number;
  readonly prompt: string;
  /** Of this turn alone. */
  readonly usage: TokenUsage & { readonly source: UsageSource };
  readonly denials: readonly PermissionDenial[];
  /** Sticky: once set, nothing that was given it is taken in [TURN-7]. */
  readonly signal?: AbortSignal | undefined;
  /** The engine can be refused without a trace; else what it did is taken in, however much it was [TURN-13]. */
  readonly transactional: boolean;
}

export type RefusalReason = "cancelled" | "max_turns_reached" | "max_budget_reached";

export interface ConversationCompaction {
  readonly dropped: number;
  readonly kept: number;
}

export type TurnDecision =
  | { readonly committed: false; readonly stopReason: "cancelled" | "max_budget_reached" }
  | {
      readonly committed: true;
      readonly stopReason: "completed" | "max_budget_reached";
      /** Undefined when nothing was dropped [SES-12]. */
      readonly compaction: ConversationCompaction | undefined;
    };

/** What was said in a session, newest last [SES-11]. Immutable: every change gives another transcript. */
export class Transcript {
  readonly #entries: readonly string[];
  /** Nothing was said since the last flush. */
  readonly flushed: boolean;

  constructor(entries: readonly string[] = [], flushed = false) {
    this.#entries = entries;
    this.flushed = flushed;
  }

  get size(): number {
    return this.#entries.length;
  }

  append(entry: string): Transcript {
    return new Transcript([...this.#entries, entry], false);
  }

  flush(): Transcript {
    return new Transcript(this.#entries, true);
  }

  /** A snapshot of the entries, oldest first. */
  replay(): readonly string[] {
    return [...this.#entries];
  }

  /** Keeps the newest `keep` entries. */
  compact(keep: number): Transcript {
    return new Transcript(newest(this.#entries, keep), this.flushed);
  }
}

interface ConversationState {
  readonly messages: readonly string[];
  readonly transcript: Transcript;
  readonly denials: readonly PermissionDenial[];
  readonly usage: TokenUsage;
  readonly usageSource: UsageSource;
  readonly compactedTurns: number;
}

export class Conversation {
  readonly sessionId: string;
  /** May be raised between turns: a refusal leaves nothing behind. */
  limits: TurnLimits;
  #state: ConversationState;
  #generation = 1;
  #interruptedTurns: number;

  constructor(options: {
    readonly sessionId: string;
    readonly limits?: Partial<TurnLimits>;
    readonly restored?: RestoredConversation | undefined;
    /** Of the engine, until a turn tells; default `words`. */
    readonly usageSource?: UsageSource;
  }) {
    const { restored } = options;
    this.sessionId = options.sessionId;
    this.limits = { ...turnDefaults, ...options.limits };
    this.#interruptedTurns = restored?.interruptedTurns ?? 0;
    this.#state = {
      messages: restored?.messages ?? [],
      transcript: new Transcript(restored?.messages, restored !== undefined),
      denials: [],
      usage: restored?.usage ?? zeroUsage,
      usageSource: restored?.usageSource ?? options.usageSource ?? "words",
      compactedTurns: restored?.compactedTurns ?? 0,
    };
  }

  /** Committed prompts, oldest first. */
  get messages(): readonly string[] {
    return this.#state.messages;
  }

  get transcript(): Transcript {
    return this.#state.transcript;
  }

  /** Of all committed turns of this run. */
  get denials(): readonly PermissionDenial[] {
    return this.#state.denials;
  }

  /** Totals of all committed turns, compacted ones included. */
  get usage(): TokenUsage {
    return this.#state.usage;
  }

  /** Of the last committed turn. */
  get usageSource(): UsageSource {
    return this.#state.usageSource;
  }

  get compactedTurns(): number {
    return this.#state.compactedTurns;
  }

  get interruptedTurns(): number {
    return this.#interruptedTurns;
  }

  get generation(): number {
    return this.#generation;
  }

  /** From here on nothing that runs now can be committed. */
  revoke(): void {
    this.#generation += 1;
  }

  /**
   * Why a prompt may not go to the engine, undefined when it may: rows 1 and 2 of [TURN-4], in this order, and the budget of
   * an engine that cannot be refused later [TURN-13].
   */
  refuse(signal: AbortSignal | undefined, options: { readonly transactional: boolean }): RefusalReason | undefined {
    const { maxTurns, maxBudgetTokens } = this.limits;
    if (signal?.aborted === true) return "cancelled";
    if (this.messages.length >= maxTurns) return "max_turns_reached";
    if (options.transactional || maxBudgetTokens === undefined) return undefined;
    return countTokens(this.usage) >= maxBudgetTokens ? "max_budget_reached" : undefined;
  }

  /** Rows 3 to 5 of [TURN-4], in one indivisible step. */
  commit(proposal: TurnProposal): TurnDecision {
    const { maxBudgetTokens = Number.POSITIVE_INFINITY } = this.limits;
    const usage = addUsage(this.usage, proposal.usage);
    const isOverBudget = countTokens(usage) > maxBudgetTokens;
    if (isOverBudget && proposal.transactional) return { committed: false, stopReason: "max_budget_reached" };
    if (proposal.signal?.aborted === true || proposal.generation !== this.#generation) {
      return { committed: false, stopReason: "cancelled" };
    }
    const { compactAfterTurns } = this.limits;
    const before = this.#state;
    const said = [...before.messages, proposal.prompt];
    const messages = newest(said, compactAfterTurns);
    const dropped = said.length - messages.length;
    this.#state = {
      messages,
      transcript: before.transcript.append(proposal.prompt).compact(compactAfterTurns),
      denials: [...before.denials, ...proposal.denials],
      usage,
      usageSource: proposal.usage.source,
      compactedTurns: before.compactedTurns + dropped,
    };
    return {
      committed: true,
      stopReason: isOverBudget ? "max_budget_reached" : "completed",
      compaction: dropped === 0 ? undefined : { dropped, kept: messages.length },
    };
  }

  /** A turn was timed out or cancelled; it left no other trace [SES-4]. */
  countInterruption(): void {
    this.#interruptedTurns += 1;
  }

  /** Marks the transcript; saving it is another's work [SES-11]. */
  flush(): void {
    this.#state = { ...this.#state, transcript: this.#state.transcript.flush() };
  }
}

function countTokens({ inputTokens, outputTokens }: TokenUsage): number {
  return inputTokens + outputTokens;
}

function addUsage(sum: TokenUsage, turn: TokenUsage): TokenUsage {
  const isKnown = sum.cacheReadTokens !== null || turn.cacheReadTokens !== null;
  return {
    inputTokens: sum.inputTokens + turn.inputTokens,
    outputTokens: sum.outputTokens + turn.outputTokens,
    cacheReadTokens: isKnown ? (sum.cacheReadTokens ?? 0) + (turn.cacheReadTokens ?? 0) : null,
  };
}

/** The last `keep` items; `slice(-0)` would give them all. */
function newest<T>(items: readonly T[], keep: number): readonly T[] {
  return keep >= items.length ? items : items.slice(items.length - keep);
}
