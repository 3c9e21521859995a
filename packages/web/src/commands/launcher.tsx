import { useEffect } from "react";
import { useSearchParams } from "wouter";
import { PageHead } from "../design/page-head.tsx";
import { Notice } from "../design/notice.tsx";
import { CommandHistory } from "./history/command-history.tsx";
import { OfferedCommands } from "./launcher/offered-commands.tsx";
import { ProjectChooser } from "./launcher/project-chooser.tsx";
import { lastProject, rememberProject, useProjects } from "./launcher/use-projects.ts";
import classes from "./launcher.module.css";
import { WatchedCards } from "./runs/watched-cards.tsx";

/** Where commands are chosen: a project, what it offers, what runs now and what ran before. */
export function Launcher() {
  const [search, setSearch] = useSearchParams();
  const { projects, isPending } = useProjects();
  const directory = search.get("directory") ?? lastProject(localStorage) ?? projects[0];
  const choose = (next: string): void => setSearch({ directory: next }, { replace: true });
  useEffect(() => {
    if (directory !== undefined) rememberProject(localStorage, directory);
  }, [directory]);
  return (
    <>
      <PageHead title="Commands" />
      <WatchedCards />
      <ProjectChooser key={directory} directory={directory} projects={projects} onChoose={choose} />
      {directory === undefined && !isPending ? (
        <Notice tone="empty" title="No project yet">
          <p>Sessions bring their projects here. Or type the path of a folder on the server above.</p>
        </Notice>
      ) : null}
      <div className={classes["columns"]}>
        {directory === undefined ? null : <OfferedCommands key={directory} directory={directory} />}
        <CommandHistory directory={directory} />
      </div>
    </>
  );
}
