import { useMutation } from "@tanstack/react-query";
import { Button } from "../../design/button.tsx";
import { useIsOnline } from "../../remote/use-connection.ts";
import { useCommandRuns } from "./command-runs-context.ts";
import type { WatchedRun } from "./watched-run.ts";

/** Ends a command that runs; says so when that did not work. */
export function StopButton({ run }: { run: WatchedRun }) {
  const runs = useCommandRuns();
  const isOnline = useIsOnline();
  const stop = useMutation({ mutationFn: () => runs.stop(run) });
  if (run.state.name !== "running") return null;
  return (
    <>
      {stop.error === null ? null : <span role="alert">Not stopped: {stop.error.message}</span>}
      <Button look="danger" disabled={!isOnline || run.state.isStopping} onClick={() => stop.mutate()}>
        Stop<span className="visually-hidden"> {run.start.shell_command}</span>
      </Button>
    </>
  );
}
