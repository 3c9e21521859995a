import { CommandError } from "./error.ts";
import type { UsageMistake } from "./invocation.ts";
import { nearestNames } from "./nearest.ts";

/**
 * A usage error: text mode prints usage and message on stderr and ends with 2, json mode gives kind `parse` and 1
 * [ARG-6], [ARG-7]. Commands throw it for values that no option type can check. `message` names the argument, as in
 * `argument --expires: invalid value: 'x' (expected 30m, 12h or 7d)`.
 */
export function usageError(
  message: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): CommandError {
  return new CommandError({ kind: "parse", message, hint: options.hint, cause: options.cause });
}

/** The error for a mistake in the command line; proposes the nearest names where there are some [ARG-11]. */
export function mistakeError({ message, hint, proposal }: UsageMistake): CommandError {
  const near = proposal === undefined ? [] : nearestNames(proposal.word, proposal.names);
  if (proposal !== undefined && near.length > 0) {
    return usageError(message, {
      hint: `did you mean ${near.map((name) => `\`${proposal.command} ${name}\``).join(", ")}?`,
    });
  }
  return usageError(message, hint === undefined ? {} : { hint });
}
