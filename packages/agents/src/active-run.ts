import type { AgentError } from "./agent-error.ts";
import type { AgentEvent, Compaction, PermissionDenial } from "./agent-event.ts";
import { EventQueue } from "./event-queue.ts";
import type { PromptRequest, Run, RunCost, RunResult, RunUsage } from "./session.ts";

/** What a driver says at the end of a run; the rest of the result was gathered on the way. */
export interface RunEnd {
  readonly outcome: RunResult["outcome"];
  readonly output?: string;
  readonly agentStopReason?: string | null;
  readonly error?: AgentError;
  readonly usage?: RunUsage;
  readonly cost?: RunCost;
  readonly isIdle: boolean;
  readonly isReusable?: boolean;
  readonly isDuplicate?: boolean;
}

export const noUsage: RunUsage = {
  source: "none",
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: null,
  cacheWriteTokens: null,
};

export const noCost: RunCost = { inputUsd: null, outputUsd: null, totalUsd: null };

/** A run in progress: gathers what happens until a driver settles it, once. */
export class ActiveRun implements Run {
  readonly request: Pick<PromptRequest, "generation" | "messageUuid" | "signal">;
  readonly result: Promise<RunResult>;
  readonly acknowledged: Promise<void>;
  readonly #events = new EventQueue();
  readonly #denials: PermissionDenial[] = [];
  readonly #compactions: Compaction[] = [];
  readonly #resolveResult: (result: RunResult) => void;
  readonly #resolveAcknowledged: () => void;
  readonly #onAbort: () => void;
  #isSettled = false;

  /** `onAbort` is called once when the request's signal is set, now or later, unless the run is settled before. */
  constructor(request: ActiveRun["request"], onAbort: (run: ActiveRun) => void) {
    this.request = request;
    const result = Promise.withResolvers<RunResult>();
    const acknowledged = Promise.withResolvers<void>();
    this.result = result.promise;
    this.acknowledged = acknowledged.promise;
    this.#resolveResult = result.resolve;
    this.#resolveAcknowledged = acknowledged.resolve;
    this.#onAbort = () => {
      if (!this.#isSettled) onAbort(this);
    };
    request.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get events(): AsyncIterable<AgentEvent> {
    return this.#events;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get isAborted(): boolean {
    return this.request.signal?.aborted === true;
  }

  emit(event: AgentEvent): void {
    if (this.#isSettled) return;
    if (event.type === "permission_denied") {
      this.#denials.push({ toolName: event.toolName, reason: event.reason });
    }
    if (event.type === "compaction") {
      const { trigger, tokensBefore, tokensAfter } = event;
      this.#compactions.push({ trigger, tokensBefore, tokensAfter });
    }
    this.#events.push(event);
  }

  acknowledge(): void {
    this.#resolveAcknowledged();
  }

  /** Ends the run; a second call changes nothing. */
  settle(end: RunEnd): void {
    if (this.#isSettled) return;
    const output = end.output ?? "";
    if (output !== "") this.#events.push({ type: "output_delta", text: output });
    this.#isSettled = true;
    this.request.signal?.removeEventListener("abort", this.#onAbort);
    this.#resolveAcknowledged();
    this.#resolveResult({
      generation: this.request.generation,
      outcome: end.outcome,
      output,
      agentStopReason: end.agentStopReason ?? null,
      error: end.error ?? null,
      usage: end.usage ?? noUsage,
      cost: end.cost ?? noCost,
      permissionDenials: this.#denials,
      compactions: this.#compactions,
      isIdle: end.isIdle,
      isReusable: end.isReusable ?? end.isIdle,
      isDuplicate: end.isDuplicate ?? false,
    });
    this.#events.end();
  }
}
