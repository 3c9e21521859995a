import type { PermissionRequest } from "@parlatory/client";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { describeNumber } from "../design/describe-number.ts";
import { PageHead } from "../design/page-head.tsx";
import { ToggleChip } from "../design/toggle-chip.tsx";
import { usePermissions } from "../remote/use-permissions.ts";
import { findSessions, isWanted } from "./find-sessions.ts";
import { HiddenNotes, HiddenList } from "./hidden-notes.tsx";
import { ListState } from "./list-state.tsx";
import { nameProjects } from "./project-names.ts";
import { ProjectHead } from "./project-head.tsx";
import { SessionFilters } from "./session-filters.tsx";
import { linesByProject, linesByTime, type SessionLine } from "./session-lines.ts";
import { SessionLinesList } from "./session-lines-list.tsx";
import { SessionRow, type SessionActions } from "./session-row.tsx";
import { useHandsOn } from "./use-hands-on.ts";
import { useHiddenSessions } from "./use-hidden-sessions.ts";
import { useKnownAgents } from "./use-known-agents.ts";
import { useSessionList } from "./use-session-list.ts";
import { useSessionView } from "./use-session-view.ts";
import { useSteadyOrder } from "./use-steady-order.ts";
import { MoreSessions } from "./more-sessions.tsx";
import classes from "./sessions-page.module.css";

const FilesDialog = lazy(async () => ({ default: (await import("./resources/files-dialog.tsx")).FilesDialog }));

/** Every session of every project, live; what needs somebody can be answered in its row. */
export function SessionsPage() {
  const [, navigate] = useLocation();
  const [view, change] = useSessionView();
  const list = useSessionList(view.agent === "" ? {} : { agent: view.agent });
  const agents = useKnownAgents(list.sessions);
  const hiding = useHiddenSessions();
  const requests = useOldestRequests();
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [filesOf, setFilesOf] = useState<string>();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const lineList = useRef<HTMLOListElement>(null);
  const isHeld = useHandsOn(lineList) || isMenuOpen;

  const asking = useMemo(() => new Set(requests.keys()), [requests]);
  const { search, wanted } = view;
  const sessions = useMemo(() => list.sessions ?? [], [list.sessions]);
  const found = useMemo(() => findSessions(sessions, { search, wanted }, asking), [sessions, search, wanted, asking]);
  const query = JSON.stringify([search, wanted, view.agent, view.isByProject]);
  const { sessions: shown, changed, release } = useSteadyOrder(found, isHeld, query);
  const projects = useMemo(() => nameProjects(sessions.map(({ workingDirectory }) => workingDirectory)), [sessions]);
  const lines = view.isByProject ? linesByProject(shown, unfolded) : linesByTime(shown);
  const actions: SessionActions = {
    hide: hiding.hide,
    startIn: (directory) => navigate(`/sessions/new?directory=${encodeURIComponent(directory)}`),
    showFiles: setFilesOf,
    menuChanged: setMenuOpen,
  };

  const renderLine = (line: SessionLine) => {
    switch (line.kind) {
      case "project": {
        const name = projects.get(line.directory);
        return name === undefined ? null : <ProjectHead {...line} name={name} actions={actions} />;
      }
      case "rest":
        return (
          <button
            type="button"
            className={classes["rest"]}
            onClick={() => setUnfolded(new Set([...unfolded, line.directory]))}
          >
            {describeNumber(line.count)} more in {projects.get(line.directory)?.short}
          </button>
        );
      case "session": {
        const { sessionId, workingDirectory } = line.session;
        const project = view.isByProject ? undefined : projects.get(workingDirectory)?.short;
        return (
          <SessionRow session={line.session} project={project} request={requests.get(sessionId)} actions={actions} />
        );
      }
    }
  };

  const counts = {
    needsYou: sessions.filter((session) => isWanted(session, "needs-you", asking)).length,
    running: sessions.filter((session) => isWanted(session, "running", asking)).length,
  };
  return (
    <>
      <PageHead title="Sessions">
        <ToggleChip isOn={view.isByProject} onClick={() => change({ isByProject: !view.isByProject })}>
          By project
        </ToggleChip>
        <Link href="/sessions/new" className={classes["new"]}>
          <span aria-hidden="true">+</span> New session
        </Link>
      </PageHead>
      <SessionFilters view={view} counts={counts} agents={agents} change={change} />
      <HiddenNotes hiding={hiding} />
      <ListState
        list={list}
        isEmpty={found.length === 0}
        isFiltered={search.trim() !== "" || wanted !== "all" || view.agent !== ""}
        clearFilters={() => change({ search: "", wanted: "all", agent: "" })}
      />
      <div className={classes["list"]}>
        <div className={classes["changed"]} role="status">
          {changed === 0 ? null : (
            <button
              type="button"
              onClick={() => {
                release();
                window.scrollTo({ top: 0 });
              }}
            >
              {describeNumber(changed)} changed
            </button>
          )}
        </div>
        {lines.length === 0 ? null : <SessionLinesList lines={lines} list={lineList} render={renderLine} />}
      </div>
      <MoreSessions list={list} isSearching={search.trim() !== "" || wanted !== "all"} isByProject={view.isByProject} />
      <HiddenList hiding={hiding} shown={sessions} />
      <div className={classes["room"]} />
      {filesOf === undefined ? null : (
        <Suspense>
          <FilesDialog
            directory={filesOf}
            name={projects.get(filesOf)?.short ?? filesOf}
            onClose={() => setFilesOf(undefined)}
          />
        </Suspense>
      )}
    </>
  );
}

/** The question that waits longest, of every session that has one. */
function useOldestRequests(): ReadonlyMap<string, PermissionRequest> {
  const open = usePermissions();
  return useMemo(() => new Map(open.toReversed().map((request) => [request.session_id, request])), [open]);
}
