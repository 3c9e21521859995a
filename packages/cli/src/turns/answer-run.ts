/** From the results of a run to what its command answers: save, then a result, or a failure that keeps what there is. */
import { answer, type CommandResult, type ExitCode } from "../harness/command.ts";
import { CommandError, type CommandErrorOptions } from "../harness/error.ts";
import { usageObject } from "./stream-turn.ts";
import type { SessionRun } from "./session-run.ts";
import type { TurnResult } from "./turn-result.ts";

export interface RunAnswer<Payload extends object> {
  readonly saves: boolean;
  /** `path`: where the session was saved; null when it was not. */
  readonly payload: (path: string | null) => Payload;
  readonly text: (payload: Payload) => string[];
}

/**
 * Saves the session if the command does, and makes its answer. A failed turn, and a session that could not be saved, are
 * failures with the whole payload: what the engine answered is not lost with it.
 */
export async function answerRun<Payload extends object>(
  run: SessionRun,
  { saves, payload, text }: RunAnswer<Payload>,
): Promise<CommandResult> {
  let path: string | null = null;
  try {
    if (saves) path = await run.save();
  } catch (thrown) {
    throw await failureOf(thrown, frameOf(thrown, payload(null), text));
  }
  const { error } = run.results.at(-1) ?? { error: null };
  if (error !== null) throw await failureOf(error, frameOf(error, payload(path), text));
  return answer(payload(path), text, { exitCode: runExitCode(run), runId: run.runId });
}

/** Of a run that gave results and did not fail [CMD-turn-loop-4]. */
export function runExitCode(run: SessionRun): ExitCode {
  if (run.interruptSignal !== null) return 130;
  return run.results.at(-1)?.stopReason === "timeout" ? 2 : 0;
}

type ErrorFrame = Pick<CommandErrorOptions, "payload" | "runId" | "text">;

/** The documented error for what went wrong, with this payload, text or run id; a defect stays what it is. */
export async function failureOf(thrown: unknown, frame: ErrorFrame): Promise<unknown> {
  let error = thrown instanceof CommandError ? thrown : undefined;
  if (error === undefined) error = (await import("./agent-failure.ts")).agentFailure(thrown);
  // A usage error has no payload.
  if (error === undefined || error.kind === "parse") return error ?? thrown;
  return new CommandError({ ...error.options, ...frame });
}

function frameOf<Payload extends object>(
  thrown: unknown,
  payload: Payload,
  text: (payload: Payload) => string[],
): ErrorFrame {
  const message = thrown instanceof Error ? thrown.message : "";
  return { payload, text: () => [...text(payload), `error: ${message}`] };
}

/** One turn in output, keys in their order [TURN-15]; bootstrap has the matches elsewhere. */
export function turnObject(result: TurnResult, { withMatches }: { readonly withMatches: boolean }) {
  return {
    prompt: result.prompt,
    output: result.output,
    stop_reason: result.stopReason,
    cancel_observed: result.cancelObserved,
    ...(withMatches ? { matched_commands: result.matchedCommands, matched_tools: result.matchedTools } : {}),
    session_reusable: result.sessionReusable,
    permission_denials: result.permissionDenials.map(({ toolName, reason }) => ({ tool_name: toolName, reason })),
    usage: usageObject(result.usage),
    duration_ms: result.durationMs,
    agent_stop_reason: result.agentStopReason,
    late_result: result.lateResult,
  };
}
