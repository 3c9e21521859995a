import { Link } from "wouter";
import { Button } from "../../design/button.tsx";
import { Card, CardList, Soft } from "../../design/card.tsx";
import type { OutputBuffer } from "../output/output-buffer.ts";
import { useOutput } from "../output/use-output.ts";
import { useCommandRuns, useWatchedRuns } from "./command-runs-context.ts";
import { RunBadge } from "./run-badge.tsx";
import { StopButton } from "./stop-button.tsx";
import classes from "./watched-cards.module.css";

const LAST_LINES = 3;

/** What is watched, each with the last lines it printed, as they come. */
export function WatchedCards() {
  const runs = useCommandRuns();
  const watched = useWatchedRuns();
  if (watched.length === 0) return null;
  return (
    <CardList grid label="Watched commands">
      {watched.toReversed().map((run) => (
        <Card
          key={run.id}
          title={
            <Link href={`/commands/${run.id}`}>
              <code>{run.start.shell_command}</code>
            </Link>
          }
          badges={<RunBadge run={run} />}
          isAway={run.state.name !== "running"}
        >
          <Tail output={run.output} />
          <div className={classes["foot"]}>
            <Soft>{run.start.working_directory}</Soft>
            {run.state.name === "running" ? (
              <StopButton run={run} />
            ) : (
              <Button look="quiet" onClick={() => runs.dismiss(run.id)}>
                Dismiss<span className="visually-hidden"> {run.start.shell_command}</span>
              </Button>
            )}
          </div>
        </Card>
      ))}
    </CardList>
  );
}

function Tail({ output }: { output: OutputBuffer }) {
  useOutput(output);
  const places = Array.from({ length: LAST_LINES }, (_, index) => output.endPlace - LAST_LINES + index);
  return (
    <pre className={classes["tail"]} aria-label="Last lines">
      {places.map((place) => {
        const line = output.at(place);
        return <span key={place}>{line?.kind === "line" ? line.text.slice(0, 300) : ""}</span>;
      })}
    </pre>
  );
}
