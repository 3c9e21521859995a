/**
 * Follows the active branch of a file, the one of its newest record, and says whether its turn is finished ([HIST-12]).
 * A record goes on with the branch when its parent is the newest record or when it answers a call of the branch (parallel
 * calls have their results side by side); any other begins a branch of its own, and what was open is none of its business.
 */
import type { TreePlace, TurnStep } from "./log-record.ts";

const MAX_OPEN_CALLS = 256;

export interface TurnState {
  readonly tipId: string | null;
  readonly openCalls: readonly string[];
  /** The newest record of the turn is an answer that says that it is the last. */
  readonly isAnswered: boolean;
}

export class TurnWatch {
  #tipId: string | null;
  readonly #openCalls: Set<string>;
  #isAnswered: boolean;
  #hasBegun = false;

  constructor(from?: TurnState) {
    this.#tipId = from?.tipId ?? null;
    this.#openCalls = new Set(from?.openCalls);
    this.#isAnswered = from?.isAnswered ?? false;
  }

  get state(): TurnState {
    return { tipId: this.#tipId, openCalls: [...this.#openCalls], isAnswered: this.#isAnswered };
  }

  /** Somebody spoke since the watch began: of what was before nothing is left. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get isFinished(): boolean {
    return this.#isAnswered && this.#openCalls.size === 0;
  }

  get tipId(): string | null {
    return this.#tipId;
  }

  /** A record of the tree that takes no part in a turn. */
  pass(id: string, parentId: string | null): void {
    if (parentId !== this.#tipId) this.#openCalls.clear();
    this.#tipId = id;
  }

  /** A `user` or `assistant` record that is not in the log: a remark to the model, or one without content. */
  passOfTurn(place: Pick<TreePlace, "id" | "parentId">): void {
    this.pass(place.id, place.parentId);
    this.#isAnswered = false;
  }

  add(id: string, parentId: string | null, step: TurnStep): void {
    let answers = 0;
    if (step.role === "user") for (const callId of step.resultIds) if (this.#openCalls.delete(callId)) answers++;
    if (parentId !== this.#tipId && answers === 0) this.#openCalls.clear();
    this.#tipId = id;
    this.#isAnswered = step.role === "assistant" && step.isFinal;
    if (step.role === "assistant") {
      for (const callId of step.callIds) if (this.#openCalls.size < MAX_OPEN_CALLS) this.#openCalls.add(callId);
    } else if (answers === 0 && !step.isSteered && !step.hasResult) {
      // Somebody spoke: calls of a turn before that are not answered any more. A steered prompt ends nothing.
      this.#openCalls.clear();
      this.#hasBegun = true;
    }
  }
}
