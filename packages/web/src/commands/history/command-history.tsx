import type { RemoteCommandHistoryEntry } from "@parlatory/protocol/remote";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { Ago } from "../../design/ago.tsx";
import { Answer } from "../../design/answer.tsx";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Notice } from "../../design/notice.tsx";
import { useRemote } from "../../remote/remote-context.ts";
import { remoteKeys } from "../../remote/remote-keys.ts";
import { readTerminalLine } from "../output/terminal-line.ts";
import { RunAgainButton } from "../runs/run-again-button.tsx";
import { ExitBadge } from "../runs/run-badge.tsx";
import classes from "./command-history.module.css";

const PAGE = 25;

/** What ran, newest first, of one project or all; each leads to its output. */
export function CommandHistory({ directory }: { directory: string | undefined }) {
  const { client } = useRemote();
  const [isAll, setAll] = useState(false);
  const workingDirectory = isAll ? undefined : directory;
  const query = useInfiniteQuery({
    queryKey: remoteKeys.commandHistory(workingDirectory),
    queryFn: ({ pageParam: cursor }) => client.commands.history({ workingDirectory, limit: PAGE, cursor }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  });
  return (
    <section className={classes["section"]} aria-labelledby="command-history">
      <div className={classes["head"]}>
        <h2 id="command-history">History</h2>
        {directory === undefined ? null : (
          <label>
            <input type="checkbox" checked={isAll} onChange={(event) => setAll(event.target.checked)} /> All projects
          </label>
        )}
      </div>
      <Answer query={query} what="the history">
        {({ pages }) => {
          const entries = pages.flatMap(({ sessions }) => sessions);
          if (entries.length === 0) {
            return (
              <Notice tone="empty" title="Nothing ran here yet">
                <p>What you run is kept here for some days, with its output.</p>
              </Notice>
            );
          }
          return (
            <>
              <ul className={classes["list"]}>
                {entries.map((entry) => (
                  <Entry key={entry.command_session_id} entry={entry} withDirectory={workingDirectory === undefined} />
                ))}
              </ul>
              {query.hasNextPage ? (
                <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? "Loading …" : "Show older"}
                </Button>
              ) : null}
            </>
          );
        }}
      </Answer>
    </section>
  );
}

function Entry({ entry, withDirectory }: { entry: RemoteCommandHistoryEntry; withDirectory: boolean }) {
  const { exit_code: exitCode, duration_ms: durationMs } = entry;
  return (
    <li className={classes["entry"]}>
      <div className={classes["title"]}>
        <Link href={`/commands/${entry.command_session_id}`}>
          <code>{entry.shell_command}</code>
        </Link>
        {entry.interrupted === true ? <Badge tone="warn">interrupted by a restart</Badge> : null}
        {exitCode === undefined ? (
          <Badge tone="accent">running</Badge>
        ) : (
          <ExitBadge exitCode={exitCode} durationMs={durationMs ?? 0} />
        )}
      </div>
      <p className={classes["about"]}>
        <Ago at={entry.timestamp} />
        {withDirectory ? ` · ${entry.working_directory}` : ""}
      </p>
      {entry.output_preview === "" ? null : <pre className={classes["preview"]}>{toPlain(entry.output_preview)}</pre>}
      {exitCode === undefined ? null : (
        <div className={classes["actions"]}>
          <RunAgainButton start={entry} look="quiet" />
        </div>
      )}
    </li>
  );
}

function toPlain(preview: string): string {
  const lines = preview.split("\n").map((line) => readTerminalLine(line).text);
  return lines.join("\n").trimEnd();
}
