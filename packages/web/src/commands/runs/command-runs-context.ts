import { createContext, use, useSyncExternalStore } from "react";
import type { CommandRuns } from "./command-runs.ts";
import type { WatchedRun } from "./watched-run.ts";

export const CommandRunsContext = createContext<CommandRuns | undefined>(undefined);

export function useCommandRuns(): CommandRuns {
  const runs = use(CommandRunsContext);
  if (runs === undefined) throw new Error("commands were shown outside of their provider");
  return runs;
}

/** All that are watched; shown anew when one comes, goes, or ends. */
export function useWatchedRuns(): readonly WatchedRun[] {
  const store = useCommandRuns();
  return useSyncExternalStore(
    (notify) => store.subscribe(notify),
    () => store.runs,
  );
}
