import type { AgentCapabilities, AgentEvent, AgentSession, PromptRequest, Run, RunResult } from "@parlatory/agents";
import { Engine } from "../../../src/turns/engine.ts";

const capabilities: AgentCapabilities = {
  transactional: true,
  isolation: "worker",
  usageSource: "words",
  permissionModes: null,
  canChooseModel: false,
  canResume: false,
  canSteer: false,
  canCompact: false,
  dedupesPrompts: false,
  keepsFiles: false,
  canInterrupt: true,
  resume: "none",
  canResumeElsewhere: false,
  systemPrompt: "none",
  cost: "none",
  attachmentTypes: [],
  rejectEndsTurn: false,
};

/** A run the test settles. */
export class FakeRun implements Run {
  readonly request: PromptRequest;
  readonly result: Promise<RunResult>;
  readonly acknowledged: Promise<void>;
  readonly #resolve: (result: RunResult) => void;
  readonly #acknowledge: () => void;
  readonly #events: AgentEvent[] = [];
  #wake: () => void = () => undefined;
  #isSettled = false;

  constructor(request: PromptRequest) {
    const result = Promise.withResolvers<RunResult>();
    const acknowledged = Promise.withResolvers<void>();
    this.request = request;
    this.result = result.promise;
    this.acknowledged = acknowledged.promise;
    this.#resolve = result.resolve;
    this.#acknowledge = acknowledged.resolve;
  }

  get events(): AsyncIterable<AgentEvent> {
    return this.#read();
  }

  emit(event: AgentEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  acknowledge(): void {
    this.#acknowledge();
  }

  settle(result: Partial<RunResult> = {}): void {
    this.#isSettled = true;
    this.#acknowledge();
    this.#resolve({
      generation: this.request.generation,
      outcome: "completed",
      output: `answer to ${this.request.prompt}`,
      agentStopReason: null,
      error: null,
      usage: { source: "words", inputTokens: 1, outputTokens: 2, cacheReadTokens: null, cacheWriteTokens: null },
      cost: { inputUsd: null, outputUsd: null, totalUsd: null },
      permissionDenials: [],
      compactions: [],
      isIdle: true,
      isReusable: true,
      isDuplicate: false,
      ...result,
    });
    this.#wake();
  }

  async *#read(): AsyncGenerator<AgentEvent, void, void> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) yield event;
      else if (this.#isSettled) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** An engine whose every run is in the hands of the test. */
export class FakeSession implements AgentSession {
  readonly agentSessionId = null;
  readonly capabilities: AgentCapabilities;
  readonly ended = new Promise<void>(() => undefined);
  readonly runs: FakeRun[] = [];
  readonly closes: number[] = [];
  interrupts = 0;
  isIdle = true;
  readonly #onSubmit: (run: FakeRun) => void;

  constructor(options: Partial<AgentCapabilities> = {}, onSubmit: (run: FakeRun) => void = () => undefined) {
    this.capabilities = { ...capabilities, ...options };
    this.#onSubmit = onSubmit;
  }

  submit(request: PromptRequest): Run {
    const run = new FakeRun(request);
    this.runs.push(run);
    this.#onSubmit(run);
    return run;
  }

  get lastRun(): FakeRun {
    const run = this.runs.at(-1);
    if (run === undefined) throw new Error("the engine was not asked");
    return run;
  }

  interrupt(): Promise<boolean> {
    this.interrupts += 1;
    return Promise.resolve(true);
  }

  steer(): Promise<"unsupported"> {
    return Promise.resolve("unsupported");
  }

  answerPermission(): boolean {
    return false;
  }

  close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.closes.push(graceMs);
    return Promise.resolve();
  }
}

/** That session as the engine of a run; `isAgent` follows its isolation. */
export function engineOf(session: AgentSession): Engine {
  return new Engine({
    isAgent: session.capabilities.isolation === "process",
    start: () => Promise.resolve(session),
  });
}
