import type { RemoteCommandNode } from "@parlatory/protocol/remote";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Answer } from "../../design/answer.tsx";
import { Field } from "../../design/field.tsx";
import { Notice } from "../../design/notice.tsx";
import { useIsOnline } from "../../remote/use-connection.ts";
import { useRemote } from "../../remote/remote-context.ts";
import { remoteKeys } from "../../remote/remote-keys.ts";
import { useRunCommand } from "../runs/use-run-command.ts";
import { CommandTree } from "./command-tree.tsx";
import { countCommands, filterCommands } from "./filter-commands.ts";
import classes from "./offered-commands.module.css";

/** Fewer than this are seen at a glance. */
const FILTER_FROM = 8;

/** What can be run in a folder, in the groups of the server ([CMD-3] to [CMD-6]). */
export function OfferedCommands({ directory }: { directory: string }) {
  const { client } = useRemote();
  const isOnline = useIsOnline();
  const [filter, setFilter] = useState("");
  const run = useRunCommand();
  const query = useQuery({
    queryKey: remoteKeys.commands(directory),
    queryFn: () => client.commands.available(directory),
  });
  const start = isOnline
    ? (commandId: string): void => run.mutate({ commandId, workingDirectory: directory })
    : undefined;
  return (
    <section className={classes["section"]} aria-label="Offered commands">
      {isOnline ? null : (
        <Notice tone="warn" title="Not connected">
          <p>Commands can be started again as soon as the server is reached.</p>
        </Notice>
      )}
      {run.error === null ? null : (
        <Notice tone="bad" title="Not started">
          <p>{run.error.message}</p>
        </Notice>
      )}
      <Answer query={query} what="what can be run there">
        {({ project_commands: project, general_commands: general, truncated }) => (
          <>
            {countCommands(project) + countCommands(general) < FILTER_FROM ? null : (
              <Field label="Filter">
                <input
                  type="search"
                  autoComplete="off"
                  spellCheck={false}
                  value={filter}
                  onChange={(event) => setFilter(event.target.value)}
                />
              </Field>
            )}
            <Found
              title="This project"
              nodes={filterCommands(project, filter)}
              onRun={start}
              nothing={
                filter === ""
                  ? "There is no makefile, package.json, justfile or Taskfile with something to run here."
                  : "Nothing of this project has these words."
              }
            />
            {truncated === true ? (
              <Notice tone="warn" title="There are more">
                <p>This project offers more than fits into one answer; the last ones are left out.</p>
              </Notice>
            ) : null}
            <Found title="Git" nodes={filterCommands(general, filter)} onRun={start} nothing={undefined} />
          </>
        )}
      </Answer>
    </section>
  );
}

function Found(props: {
  title: string;
  nodes: readonly RemoteCommandNode[];
  onRun: ((commandId: string) => void) | undefined;
  nothing: string | undefined;
}) {
  const { title, nodes, onRun, nothing } = props;
  if (nodes.length === 0 && nothing === undefined) return null;
  return (
    <div className={classes["found"]}>
      <h2>{title}</h2>
      {nodes.length === 0 ? (
        <p className={classes["nothing"]}>{nothing}</p>
      ) : (
        <CommandTree nodes={nodes} onRun={onRun} />
      )}
    </div>
  );
}
