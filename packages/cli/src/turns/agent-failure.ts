/** Failures of engines in the terms of the command line; loaded only where something failed. */
import { AgentError } from "@parlatory/agents";
import { CommandError } from "../harness/error.ts";

/** What an engine failed with; undefined for anything else. */
export function agentFailure(thrown: unknown): CommandError | undefined {
  if (!(thrown instanceof AgentError)) return undefined;
  const { kind, target, message, hint, retryable, detail, cause } = thrown;
  return new CommandError({
    kind,
    target,
    message,
    hint,
    retryable,
    detail: Object.keys(detail).length === 0 ? undefined : detail,
    cause,
  });
}

/** [TURN-14] */
export function structuringFailed(target: string): AgentError {
  return new AgentError({
    kind: "engine_failed",
    target,
    message: "give the output of the turn as JSON: it cannot be serialised; run without --structured-output",
  });
}

/** [TURN-10] */
export function budgetUnknown(target: string): AgentError {
  return new AgentError({
    kind: "engine_unsupported",
    target,
    message: `keep a budget of tokens with '${target}': it does not report what it uses; run without --max-budget-tokens`,
    hint: "run the command without `--max-budget-tokens`",
  });
}
