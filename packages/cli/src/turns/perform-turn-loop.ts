import { answerRun, failureOf, turnObject } from "./answer-run.ts";
import { routeRun } from "./route-run.ts";
import { SessionRun, type SessionRunArguments } from "./session-run.ts";
import type { CommandResult } from "../harness/command.ts";
import type { CommandContext } from "../harness/context.ts";

export interface TurnLoopArguments extends Omit<SessionRunArguments, "directory"> {
  readonly directory: string | undefined;
  readonly limit: number;
  readonly maxTurns: number;
  readonly structuredOutput: boolean;
  readonly continuationPrompt: string | undefined;
  readonly inventory: string | undefined;
  readonly allowTool: readonly string[];
  readonly stream: boolean;
}

/** `parl turn-loop` [CMD-turn-loop-1..5]. */
export async function performTurnLoop(context: CommandContext, args: TurnLoopArguments): Promise<CommandResult> {
  const { prompt, continuationPrompt, maxTurns, timeoutSeconds } = args;
  const hasId = args.sessionId !== undefined && args.sessionId !== "";
  const saves = hasId || args.directory !== undefined;
  const run = new SessionRun(context, { ...args, directory: args.directory ?? ".port_sessions" });
  try {
    run.settle();
    const { routing } = await routeRun(context, { ...args, workingDirectory: run.workingDirectory });
    await run.choose(continuationPrompt === undefined ? [prompt] : [prompt, continuationPrompt]);
    await run.restore({ maxTurns, resumes: saves });
    const turns = await run.turns({
      routing,
      maxTurns,
      continuationPrompt,
      structuredOutput: args.structuredOutput,
      ...(args.stream
        ? {
            onEvent: ({ event: { type, ...fields }, turnNumber }) =>
              context.emit({ type, ...fields, turn_number: turnNumber }),
          }
        : {}),
    });
    const last = turns.at(-1);
    const payload = (path: string | null) => ({
      prompt,
      max_turns: maxTurns,
      turns_completed: turns.length,
      timeout_seconds: timeoutSeconds ?? null,
      continuation_prompt: continuationPrompt ?? null,
      turns: turns.map((turn) => turnObject(turn, { withMatches: true })),
      final_stop_reason: last?.stopReason ?? null,
      final_cancel_observed: last?.cancelObserved ?? false,
      final_session_reusable: last?.sessionReusable ?? true,
      session_id: run.sessionId,
      persisted_session_path: path,
      ...run.engineValues(routing),
      grace_ms: args.graceMs,
      interrupted: run.interruptSignal !== null,
      interrupt_signal: run.interruptSignal,
    });
    return await answerRun(run, { saves, payload, text: turnLoopText });
  } catch (thrown) {
    throw await failureOf(thrown, { runId: run.runId });
  }
}

/** Zero turns print nothing [CMD-turn-loop-2]. */
function turnLoopText({ turns }: { readonly turns: readonly ReturnType<typeof turnObject>[] }): string[] {
  return turns.flatMap(({ output, stop_reason: reason }, index) => [
    `## Turn ${index + 1}`,
    output,
    `stop_reason=${reason}`,
  ]);
}
