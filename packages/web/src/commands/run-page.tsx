import { RemoteRequestError } from "@parlatory/client";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "wouter";
import { Ago } from "../design/ago.tsx";
import { Answer } from "../design/answer.tsx";
import { Notice } from "../design/notice.tsx";
import { useRemote } from "../remote/remote-context.ts";
import { OutputPanel } from "./output/output-panel.tsx";
import classes from "./run-page.module.css";
import { useCommandRuns, useWatchedRuns } from "./runs/command-runs-context.ts";
import { RunAgainButton } from "./runs/run-again-button.tsx";
import { RunBadge } from "./runs/run-badge.tsx";
import { RunTabs } from "./runs/run-tabs.tsx";
import { outputFileName, saveText } from "./runs/save-text.ts";
import { StopButton } from "./runs/stop-button.tsx";
import type { RunState, WatchedRun } from "./runs/watched-run.ts";

/** One command: its state, its output as it comes, and what else one watches. */
export function RunPage({ runId }: { runId: string }) {
  const runs = useCommandRuns();
  const watched = useWatchedRuns().find(({ id }) => id === runId);
  // What is watched already needs no question; what is not is read, and followed if it still runs.
  const opened = useQuery({
    queryKey: ["remote", "command-run", runId],
    queryFn: () => runs.open(runId).then(({ id }) => id),
    enabled: watched === undefined,
    gcTime: 0,
    retry: false,
  });
  useEffect(() => runs.look(runId), [runs, runId, watched]);
  return (
    <div className={classes["page"]}>
      <RunTabs current={runId} />
      {watched === undefined ? (
        <div className={classes["notice"]}>
          <Answer query={opened} what="the output" explain={explainMissing}>
            {() => <Notice tone="loading" title="Loading the output …" />}
          </Answer>
        </div>
      ) : (
        <WatchedOutput key={runId} run={watched} />
      )}
    </div>
  );
}

function explainMissing(error: unknown) {
  if (!(error instanceof RemoteRequestError) || error.code !== "not_found") return undefined;
  return (
    <Notice tone="empty" title="This output is not there any more">
      <p>Outputs are kept for some days. It may also be of another server.</p>
      <Link href="/commands">All commands</Link>
    </Notice>
  );
}

function WatchedOutput({ run }: { run: WatchedRun }) {
  const { client } = useRemote();
  const { start, state } = run;
  const download = async (): Promise<void> => {
    const { output } = await client.commands.output(run.id);
    saveText(outputFileName(start.command_id, start.timestamp), output);
  };
  return (
    <>
      <div className={classes["head"]}>
        <div className={classes["what"]}>
          <h1>
            <code>{start.shell_command}</code>
          </h1>
          <p>
            <Link href={`/commands?directory=${encodeURIComponent(start.working_directory)}`}>
              {start.working_directory}
            </Link>{" "}
            · <Ago at={start.timestamp} />
          </p>
        </div>
        <RunBadge run={run} />
        <span className="visually-hidden" role="status">
          {describeState(state)}
        </span>
        <StopButton run={run} />
        {state.name === "running" ? null : <RunAgainButton start={start} />}
      </div>
      {state.name === "failed" ? (
        <p className={classes["failed"]} role="alert">
          {state.message}
        </p>
      ) : null}
      <OutputPanel
        output={run.output}
        label={`Output of ${start.shell_command}`}
        isTruncated={run.isTruncated}
        onDownload={download}
      />
    </>
  );
}

/** Told when it changes; the badge beside it counts seconds, which nobody wants to hear. */
function describeState(state: RunState): string {
  if (state.name === "ended") return state.exitCode === 0 ? "Done" : `Ended with exit code ${state.exitCode}`;
  return state.name === "running" ? "Running" : "Lost sight of";
}
