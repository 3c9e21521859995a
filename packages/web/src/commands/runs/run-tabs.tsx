import { Link } from "wouter";
import { Badge } from "../../design/badge.tsx";
import { useWatchedRuns } from "./command-runs-context.ts";
import classes from "./run-tabs.module.css";
import type { RunState } from "./watched-run.ts";

/** All that is watched, to go from one to the other; first the way back. */
export function RunTabs({ current }: { current: string }) {
  const runs = useWatchedRuns();
  return (
    <nav className={classes["tabs"]} aria-label="Watched commands">
      <ul>
        <li>
          <Link href="/commands">← Commands</Link>
        </li>
        {runs.map(({ id, start, state }) => (
          <li key={id}>
            <Link href={`/commands/${id}`} aria-current={id === current ? "page" : undefined}>
              <code>{start.shell_command}</code>
              <Mark state={state} />
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Mark({ state }: { state: RunState }) {
  if (state.name === "running") return <Badge tone="accent">running</Badge>;
  if (state.name === "failed") return <Badge tone="bad">?</Badge>;
  return <Badge tone={state.exitCode === 0 ? "good" : "bad"}>{state.exitCode === 0 ? "done" : state.exitCode}</Badge>;
}
