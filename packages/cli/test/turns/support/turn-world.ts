import type { AgentCapabilities, PromptRouting } from "@parlatory/agents";
import { Cancellation } from "../../../src/turns/cancellation.ts";
import { Conversation, type TurnLimits } from "../../../src/turns/conversation.ts";
import { streamTurn, type TurnPlan } from "../../../src/turns/stream-turn.ts";
import { runTurns, streamTurns, type NumberedTurnEvent, type TurnLoopPlan } from "../../../src/turns/turn-loop.ts";
import type { TurnEvent } from "../../../src/turns/turn-event.ts";
import type { TurnResult } from "../../../src/turns/turn-result.ts";
import { FakeClock, settlePromises } from "./fake-clock.ts";
import { engineOf, FakeSession, type FakeRun } from "./fake-engine.ts";

export const nothingRouted: PromptRouting = { matchedCommands: [], matchedTools: [], deniedTools: [] };

export const routed: PromptRouting = {
  matchedCommands: ["review"],
  matchedTools: ["BashTool"],
  deniedTools: [{ toolName: "BashTool", reason: "gated" }],
};

export interface TurnWorldOptions {
  readonly capabilities?: Partial<AgentCapabilities>;
  /** Called when the engine is asked; without it the test settles the run itself. */
  readonly onSubmit?: (run: FakeRun) => void;
  readonly limits?: Partial<TurnLimits>;
  /** Undefined: nothing can stop the run. */
  readonly stops?: { readonly limitMs?: number; readonly graceMs?: number };
}

/** One conversation, one engine in the hands of the test, and time that moves when it says so. */
export class TurnWorld {
  readonly clock = new FakeClock();
  readonly session: FakeSession;
  readonly conversation: Conversation;
  readonly cancellation: Cancellation | undefined;
  readonly events: TurnEvent[] = [];
  readonly #interrupt = new AbortController();
  readonly #plan: TurnPlan;

  constructor({ capabilities, onSubmit, limits, stops }: TurnWorldOptions = {}) {
    this.session = new FakeSession(capabilities, onSubmit);
    this.conversation = new Conversation({ sessionId: "s1", ...(limits === undefined ? {} : { limits }) });
    if (stops !== undefined) {
      const { limitMs, graceMs = 100 } = stops;
      this.cancellation = new Cancellation({
        clock: this.clock,
        deadlineMs: limitMs === undefined ? undefined : this.clock.monotonicMs() + limitMs,
        graceMs,
        interrupt: this.#interrupt.signal,
      });
    }
    this.#plan = {
      conversation: this.conversation,
      engine: engineOf(this.session),
      prompt: "hello",
      routing: nothingRouted,
      cancellation: this.cancellation,
      clock: this.clock,
      newMessageId: () => "id",
    };
  }

  interrupt(): void {
    this.#interrupt.abort({ cause: "interrupt", signal: "SIGINT" });
  }

  stream(rest: Partial<TurnPlan> = {}) {
    return streamTurn({ ...this.#plan, ...rest });
  }

  streamLoop(rest: Partial<TurnLoopPlan> = {}) {
    return streamTurns({ ...this.#plan, maxTurns: 3, ...rest });
  }

  /** Starts the loop; its events are gathered, and the engine has been asked when this resolves. */
  async start(rest: Partial<TurnLoopPlan> = {}): Promise<{ readonly results: Promise<TurnResult[]> }> {
    const results = runTurns({ ...this.#plan, maxTurns: 3, ...rest }, ({ event }: NumberedTurnEvent) => {
      this.events.push(event);
      return Promise.resolve();
    });
    await settlePromises();
    return { results };
  }

  /** Runs the loop to its end. */
  async run(rest: Partial<TurnLoopPlan> = {}): Promise<TurnResult[]> {
    return (await this.start(rest)).results;
  }
}
