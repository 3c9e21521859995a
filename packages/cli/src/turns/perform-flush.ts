import { answer, type CommandResult } from "../harness/command.ts";
import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";
import { isSessionId } from "../session-store/session-id.ts";
import { failureOf, runExitCode } from "./answer-run.ts";
import { turnDefaults } from "./conversation.ts";
import { nothingRouted, SessionRun, type SessionRunArguments } from "./session-run.ts";
import type { CommandContext } from "../harness/context.ts";
import type { SessionStore } from "../session-store/session-store.ts";

export interface FlushArguments extends SessionRunArguments {
  readonly noOverwrite: boolean;
}

/**
 * `parl flush-transcript`: one turn of a fresh engine, then the session's file [CMD-flush-transcript-1..4]. A turn that did
 * not commit never replaces a file.
 */
export async function performFlush(context: CommandContext, args: FlushArguments): Promise<CommandResult> {
  const run = new SessionRun(context, args);
  const store = await run.store();
  const { sessionId, runId } = run;
  const path = isSessionId(sessionId) ? store.pathOf(sessionId) : null;
  try {
    run.settle();
    await refuseOverwrite(store, run, args);
    await run.choose([args.prompt]);
    await run.restore({ maxTurns: turnDefaults.maxTurns, resumes: false });
    const [turn] = await run.turns({ routing: nothingRouted, maxTurns: 1 });
    if (turn === undefined) throw new Error("a run of one turn gives one result");
    run.conversation.flush();
    if (turn.error !== null) throw turn.error;
    const { flushed, replaced } = await storeFlushed(store, run, args);
    const { messages, usage, usageSource } = run.conversation;
    const payload = {
      session_id: sessionId,
      path,
      flushed,
      messages_count: messages.length,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      directory: store.directory,
      stop_reason: turn.stopReason,
      rejected: isLimit(turn.stopReason) && messages.length === 0,
      replaced,
      usage_source: usageSource,
      session_reusable: turn.sessionReusable,
      interrupted: run.interruptSignal !== null,
      interrupt_signal: run.interruptSignal,
    };
    return answer(payload, (shown) => [shown.path ?? "", `flushed=${shown.flushed ? "True" : "False"}`], {
      exitCode: runExitCode(run),
      runId,
    });
  } catch (thrown) {
    throw await failureOf(thrown, { payload: { session_id: sessionId, path, flushed: false }, runId });
  }
}

/** Looks and writes under one lock, so that nobody's session comes between. */
async function storeFlushed(
  store: SessionStore,
  run: SessionRun,
  args: FlushArguments,
): Promise<{ readonly flushed: boolean; readonly replaced: boolean }> {
  try {
    await run.lock();
    const exists = await refuseOverwrite(store, run, args);
    const isCommitted = run.conversation.messages.length > 0;
    if (exists && !isCommitted) return { flushed: false, replaced: false };
    await run.save();
    return { flushed: true, replaced: exists };
  } finally {
    await run.release();
  }
}

/** Whether a session of that id is there. Errors: `session_exists`; those of the store. */
async function refuseOverwrite(
  store: SessionStore,
  { sessionId }: SessionRun,
  { noOverwrite }: FlushArguments,
): Promise<boolean> {
  const exists = await store.has(sessionId);
  if (!exists || !noOverwrite) return exists;
  throw new CommandError({
    kind: "session_exists",
    target: sessionId,
    message: `session ${quoteValue(sessionId)} exists in ${quoteValue(store.directory)}, and --no-overwrite keeps it`,
  });
}

function isLimit(stopReason: string): boolean {
  return stopReason === "max_turns_reached" || stopReason === "max_budget_reached";
}
