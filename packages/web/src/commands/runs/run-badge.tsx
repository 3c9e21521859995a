import { useSyncExternalStore } from "react";
import { Badge } from "../../design/badge.tsx";
import { describeDuration } from "./describe-duration.ts";
import type { WatchedRun } from "./watched-run.ts";

/** In which state a command is and how long it took, or takes by now. */
export function RunBadge({ run }: { run: Pick<WatchedRun, "state" | "start"> }) {
  const { state, start } = run;
  if (state.name === "failed") return <Badge tone="bad">lost sight of</Badge>;
  if (state.name === "running") {
    return (
      <Badge tone="accent">
        {state.isStopping ? "stopping …" : "running"} · <Elapsed since={start.timestamp} />
      </Badge>
    );
  }
  return <ExitBadge exitCode={state.exitCode} durationMs={state.durationMs} signal={state.signal} />;
}

export function ExitBadge(props: { exitCode: number; durationMs: number; signal?: string | undefined }) {
  const { exitCode, durationMs, signal } = props;
  const end = exitCode === 0 ? "done" : signal === undefined ? `exit code ${exitCode}` : `ended by ${signal}`;
  return (
    <Badge tone={exitCode === 0 ? "good" : "bad"}>
      {end} · {describeDuration(durationMs)}
    </Badge>
  );
}

function Elapsed({ since }: { since: string }) {
  const now = useSyncExternalStore(everySecond, currentSecond);
  return <span>{describeDuration(Math.max(0, now - Date.parse(since)))}</span>;
}

function everySecond(notify: () => void): () => void {
  const timer = setInterval(notify, 1_000);
  return () => clearInterval(timer);
}

/** Whole seconds, so that nothing else is shown within one. */
function currentSecond(): number {
  return Math.floor(Date.now() / 1_000) * 1_000;
}
