import type { RemoteSessionDetail } from "@parlatory/protocol/remote";

/** That the agent tries its model's service again ([AGENT-9]); what it does not say is left out. */
export function describeRetry(retry: NonNullable<RemoteSessionDetail["retry"]>): string {
  const { attempt, max_attempts: maxAttempts, delay_ms: delayMs, status } = retry;
  const which = attempt === null ? "" : `, attempt ${attempt}${maxAttempts === null ? "" : ` of ${maxAttempts}`}`;
  const wait = delayMs === null ? "" : `, after ${Math.max(1, Math.round(delayMs / 1000))} s`;
  const why = status === null ? "" : ` It answered with status ${status}.`;
  return `The agent tries its model’s service again${which}${wait}.${why}`;
}
