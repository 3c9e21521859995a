import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, type ReactNode } from "react";
import { useRemote } from "../../remote/remote-context.ts";
import { remoteKeys } from "../../remote/remote-keys.ts";
import { useRemoteEvent } from "../../remote/use-remote-event.ts";
import { CommandRuns } from "./command-runs.ts";
import { CommandRunsContext } from "./command-runs-context.ts";
import { createStartedIds } from "./started-ids.ts";

/** Keeps watching commands while one moves between pages. */
export function CommandRunsProvider({ children }: { children: ReactNode }) {
  const { client } = useRemote();
  const queries = useQueryClient();
  const runs = useMemo(
    () => new CommandRuns({ commands: client.commands, startedIds: createStartedIds(localStorage) }),
    [client],
  );
  const outdated = (): void => void queries.invalidateQueries({ queryKey: remoteKeys.commandHistories });
  useRemoteEvent("command_started", outdated);
  useRemoteEvent("command_complete", outdated);
  // Without an answer now it is tried again with the next connection.
  const pickUp = (): void => void runs.pickUp().catch(() => undefined);
  useRemoteEvent("caughtUp", pickUp);
  useEffect(() => {
    if (client.state.name === "ready") void runs.pickUp().catch(() => undefined);
  }, [client, runs]);
  return <CommandRunsContext value={runs}>{children}</CommandRunsContext>;
}
