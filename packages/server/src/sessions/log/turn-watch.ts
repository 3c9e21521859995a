/**
 * Follows the active branch of a file, the one of its newest record, and says whether its turn is finished ([HIST-12]).
 * A record goes on with the branch when its parent is the newest record or when it answers a call of the branch (parallel
 * calls have their results side by side); any other begins a branch of its own, and what was open is none of its business.
 */
import { blockType, isFields } from "./content-block.ts";
import type { LogRecord, TreePlace } from "./log-record.ts";

const finishing = new Set(["end_turn", "stop_sequence", "max_tokens", "refusal"]);
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

  constructor(from?: TurnState) {
    this.#tipId = from?.tipId ?? null;
    this.#openCalls = new Set(from?.openCalls);
    this.#isAnswered = from?.isAnswered ?? false;
  }

  get state(): TurnState {
    return { tipId: this.#tipId, openCalls: [...this.#openCalls], isAnswered: this.#isAnswered };
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
  passOfTurn(place: TreePlace): void {
    this.pass(place.id, place.parentId);
    this.#isAnswered = false;
  }

  add(id: string, parentId: string | null, record: LogRecord): void {
    const answers = record.role === "user" ? this.#settle(record) : 0;
    if (parentId !== this.#tipId && answers === 0) this.#openCalls.clear();
    this.#tipId = id;
    this.#isAnswered = record.reply?.stopReason !== undefined && finishing.has(record.reply.stopReason);
    if (record.role === "assistant") this.#open(record.content);
    // Somebody spoke: calls of a turn before that are not answered any more. A steered prompt ends nothing.
    else if (answers === 0 && !record.isSteered && !hasResult(record.content)) this.#openCalls.clear();
  }

  #settle({ content }: LogRecord): number {
    if (typeof content === "string") return 0;
    let answers = 0;
    for (const block of content) {
      if (!isFields(block) || block["type"] !== "tool_result") continue;
      const id = block["tool_use_id"];
      if (typeof id === "string" && this.#openCalls.delete(id)) answers++;
    }
    return answers;
  }

  #open(content: string | readonly unknown[]): void {
    if (typeof content === "string") return;
    for (const block of content) {
      if (!isFields(block) || block["type"] !== "tool_use") continue;
      const id = block["id"];
      if (typeof id === "string" && this.#openCalls.size < MAX_OPEN_CALLS) this.#openCalls.add(id);
    }
  }
}

function hasResult(content: string | readonly unknown[]): boolean {
  return typeof content !== "string" && content.some((block) => blockType(block) === "tool_result");
}
