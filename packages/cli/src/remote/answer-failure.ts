import { RemoteRequestError, type RemoteAnswer } from "@parlatory/client";

/** A replay says in words what a response says by its code ([PROMPT-13]). */
const codesByText: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/^Interrupted$/u, "interrupted"],
  [/^Cancelled$/u, "cancelled"],
  [/^Session process terminated$/u, "killed"],
  [/^Server restarted before /u, "server_restarted"],
  [/^Request timed out after /u, "timeout"],
  [/^Agent .+ unavailable: |^Agent failed to start: /u, "agent_unavailable"],
  [/^Session not found: /u, "not_found"],
];

/** Why a prompt failed, as an error of what was asked; undefined when it did not fail, or was only interrupted. */
export function answerFailure(answer: RemoteAnswer): RemoteRequestError | undefined {
  if (answer.success || isInterrupted(answer)) return undefined;
  const message = answer.error ?? "the run failed without saying why";
  return new RemoteRequestError(codeOf(answer), message);
}

/** The turn was stopped, by whomever: an outcome, and no failure. */
export function isInterrupted(answer: RemoteAnswer): boolean {
  return !answer.success && (answer.isAborted || codeOf(answer) === "interrupted");
}

function codeOf({ code, error = "" }: RemoteAnswer): string {
  return code ?? codesByText.find(([pattern]) => pattern.test(error))?.[1] ?? "agent_error";
}
