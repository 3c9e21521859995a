import { useMemo } from "react";
import { useWaitingPrompts } from "../../composer/use-waiting-prompts.ts";
import type { FollowedHistory } from "../follow/followed-history.ts";
import type { OwnRow } from "./tail-row.ts";

/** Own prompts that were sent and are not in the log yet. Those that wait stand above the box, and only there. */
export function useOwnRows(
  history: FollowedHistory | undefined,
  sessionId: string,
  queuedCount: number,
): readonly OwnRow[] {
  const waiting = useWaitingPrompts(sessionId, queuedCount)
    .map(({ prompt }) => prompt.promptId)
    .join(" ");
  const all = history?.ownRows;
  return useMemo(() => {
    const ids = new Set(waiting.split(" "));
    return (all ?? []).filter(({ prompt }) => !ids.has(prompt.promptId));
  }, [all, waiting]);
}
