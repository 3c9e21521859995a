import { useMemo, useState, type KeyboardEvent } from "react";
import { useSearchParams } from "wouter";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import { PageHead } from "../design/page-head.tsx";
import { useIsOnline } from "../remote/use-connection.ts";
import { isPlaceholder, nameProjects } from "./project-names.ts";
import { readDraft, writeDraft, type NewSessionDraft } from "./starting/new-session-draft.ts";
import { ProjectField } from "./starting/project-field.tsx";
import { StartTrouble } from "./starting/start-trouble.tsx";
import { useStart } from "./starting/use-start.ts";
import { useKnownAgents } from "./use-known-agents.ts";
import { useSessionList } from "./use-session-list.ts";
import classes from "./new-session-page.module.css";

/** Starts an agent somewhere with a first prompt, and goes to its session. */
export function NewSessionPage() {
  const [query] = useSearchParams();
  const [draft, setDraft] = useState(() => fromAddress(readDraft(sessionStorage), query.get("directory")));
  const { start, isStarting, problem = draft.problem, clearProblem } = useStart();
  const { sessions } = useSessionList();
  const agents = useKnownAgents(sessions);
  const isOnline = useIsOnline();
  const projects = useMemo(() => {
    const directories = (sessions ?? []).map(({ workingDirectory }) => workingDirectory);
    return nameProjects(directories.filter((directory) => !isPlaceholder(directory)));
  }, [sessions]);
  const change = (how: Partial<NewSessionDraft>): void => {
    const next = { ...draft, ...how, problem: undefined };
    setDraft(next);
    clearProblem();
    writeDraft(sessionStorage, next);
  };
  const problemAt = (field: string): string | undefined => (problem?.field === field ? problem.message : undefined);
  const startByKeys = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void start(draft);
  };
  return (
    <form
      className={classes["page"]}
      aria-labelledby="new-session"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void start(draft);
      }}
    >
      <div id="new-session">
        <PageHead title="New session" />
      </div>
      <ProjectField
        value={draft.directory}
        projects={projects}
        problem={problemAt("directory")}
        onChange={(directory) => change({ directory })}
      />
      <div className={classes["prompt"]}>
        <Field label="First prompt" problem={problemAt("text")}>
          <textarea
            value={draft.text}
            onChange={(event) => change({ text: event.target.value })}
            onKeyDown={startByKeys}
            placeholder="What is the agent to do?"
            aria-required
          />
        </Field>
      </div>
      <Field label="Agent" problem={problemAt("agent")}>
        <select value={draft.agent} onChange={(event) => change({ agent: event.target.value })}>
          <option value="">The server’s default</option>
          {[...new Set([...agents, ...(draft.agent === "" ? [] : [draft.agent])])].map((agent) => (
            <option key={agent}>{agent}</option>
          ))}
        </select>
      </Field>
      <label className={classes["choice"]}>
        <input
          type="checkbox"
          checked={draft.isWorktree}
          onChange={(event) => change({ isWorktree: event.target.checked })}
          aria-label="In a new git worktree"
          aria-describedby="worktree-hint"
        />
        <span>
          In a new git worktree
          <small id="worktree-hint">
            A branch and a folder of its own beside the project, so that nothing gets in its way.
          </small>
        </span>
      </label>
      {draft.isWorktree ? (
        <Field
          label="Name of the worktree"
          hint="Also the branch’s: lower case, words joined by hyphens."
          problem={problemAt("worktreeName")}
        >
          <input
            value={draft.worktreeName}
            onChange={(event) => change({ worktreeName: event.target.value })}
            placeholder="fix-cart-total"
            autoCapitalize="off"
            spellCheck={false}
          />
        </Field>
      ) : null}
      <details className={classes["more"]} open={draft.systemPrompt !== "" ? true : undefined}>
        <summary>System prompt</summary>
        <Field label="Added to the agent’s own" hint="Rules that hold for the whole session.">
          <textarea value={draft.systemPrompt} onChange={(event) => change({ systemPrompt: event.target.value })} />
        </Field>
      </details>
      {problem === undefined ? null : (
        <StartTrouble problem={problem} take={(worktreeName) => change({ worktreeName })} />
      )}
      <div className={classes["start"]}>
        {isOnline ? null : (
          <p role="status">
            {draft.isWorktree
              ? "Offline. A worktree can be made when the connection is back."
              : "Offline. It is kept and starts when the connection is back."}
          </p>
        )}
        <Button type="submit" look="primary" disabled={isStarting || (draft.isWorktree && !isOnline)}>
          {isStarting ? (draft.isWorktree ? "Making the worktree …" : "Starting …") : "Start"}
        </Button>
      </div>
    </form>
  );
}

/** A directory in the address is what somebody just chose. */
function fromAddress(draft: NewSessionDraft, directory: string | null): NewSessionDraft {
  if (directory === null || draft.problem !== undefined) return draft;
  return { ...draft, directory };
}
