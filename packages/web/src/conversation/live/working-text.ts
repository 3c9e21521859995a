import type { RemoteSessionDetail } from "@parlatory/protocol/remote";

/** What a session's state is in words. */
export function workingText(
  { state, retry }: Pick<RemoteSessionDetail, "state" | "retry">,
  elapsedMs: number | undefined,
): { readonly what: string; readonly isWaiting: boolean } {
  if (retry !== undefined) {
    const tries =
      retry.attempt === null
        ? ""
        : `, try ${retry.attempt}${retry.max_attempts === null ? "" : ` of ${retry.max_attempts}`}`;
    return { what: `The model's service does not answer; trying again${tries}`, isWaiting: true };
  }
  switch (state) {
    case "waiting_permission":
      return { what: "Waiting for your answer", isWaiting: true };
    case "compacting":
      return { what: "Compacting the conversation", isWaiting: false };
    case "recovering":
      return { what: "Looking what became of the last run", isWaiting: false };
    default:
      return { what: elapsedMs === undefined ? "Working" : `Working for ${spanText(elapsedMs)}`, isWaiting: false };
  }
}

function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
