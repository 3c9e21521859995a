/**
 * One or more turns of a conversation with one engine [LOOP-1..8]: the prompt, then the continuation prompt, until a turn
 * does not complete. Deadline and interrupt are the cancellation's; a turn that they end is the last.
 */
import { streamTurn, type TurnPlan } from "./stream-turn.ts";
import type { TurnEvent } from "./turn-event.ts";
import type { TurnResult } from "./turn-result.ts";

export interface TurnLoopPlan extends TurnPlan {
  /** Used verbatim for every turn after the first; undefined: there is only one. */
  readonly continuationPrompt?: string | undefined;
  readonly maxTurns: number;
}

export interface NumberedTurnEvent {
  /** From 1. */
  readonly turnNumber: number;
  readonly event: TurnEvent;
}

/** Lazy: the next turn begins when the events of the one before are taken. */
export async function* streamTurns(plan: TurnLoopPlan): AsyncGenerator<NumberedTurnEvent, TurnResult[], void> {
  const { continuationPrompt, maxTurns, conversation, cancellation } = plan;
  cancellation?.onStop(() => conversation.revoke());
  const results: TurnResult[] = [];
  for (let turnNumber = 1; turnNumber <= maxTurns; turnNumber += 1) {
    const prompt = turnNumber === 1 ? plan.prompt : continuationPrompt;
    if (prompt === undefined) break;
    const turn = streamTurn({ ...plan, prompt });
    try {
      for (;;) {
        const step = await turn.next();
        if (step.done === true) {
          results.push(step.value);
          break;
        }
        yield { turnNumber, event: step.value };
      }
    } finally {
      await turn.return(undefined as never);
    }
    if (results.at(-1)?.stopReason !== "completed") break;
  }
  return results;
}

/** Runs the loop to its end, whoever looks at the events. */
export async function runTurns(
  plan: TurnLoopPlan,
  onEvent: (event: NumberedTurnEvent) => Promise<void> = () => Promise.resolve(),
): Promise<TurnResult[]> {
  const turns = streamTurns(plan);
  try {
    for (;;) {
      const step = await turns.next();
      if (step.done === true) return step.value;
      await onEvent(step.value);
    }
  } finally {
    await turns.return([]);
  }
}
