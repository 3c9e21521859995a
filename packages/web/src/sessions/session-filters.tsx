import { Button } from "../design/button.tsx";
import { ToggleChip } from "../design/toggle-chip.tsx";
import type { Wanted } from "./find-sessions.ts";
import classes from "./session-filters.module.css";
import { Icon } from "../design/icon.tsx";

/** What the list shows and how: search, state, agent, and whether projects are kept together. */
export interface SessionView {
  readonly search: string;
  readonly wanted: Wanted;
  /** Empty: all. */
  readonly agent: string;
  readonly isByProject: boolean;
}

export function SessionFilters(props: {
  view: SessionView;
  counts: { readonly needsYou: number; readonly running: number };
  agents: readonly string[];
  change: (change: Partial<SessionView>) => void;
}) {
  const { view, counts, agents, change } = props;
  const toggle = (wanted: Wanted): void => change({ wanted: view.wanted === wanted ? "all" : wanted });
  return (
    <search className={classes["filters"]} aria-label="Sessions">
      <div className={classes["search"]}>
        <input
          type="search"
          value={view.search}
          onChange={(event) => change({ search: event.target.value })}
          placeholder="Search name, project, text, agent"
          aria-label="Search sessions"
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="search"
        />
        {view.search === "" ? null : (
          <Button look="quiet" aria-label="Clear the search" onClick={() => change({ search: "" })}>
            <Icon name="close" />
          </Button>
        )}
      </div>
      <div className={classes["chips"]}>
        <ToggleChip isOn={view.wanted === "needs-you"} onClick={() => toggle("needs-you")}>
          Needs you {counts.needsYou === 0 ? null : <strong>{counts.needsYou}</strong>}
        </ToggleChip>
        <ToggleChip isOn={view.wanted === "running"} onClick={() => toggle("running")}>
          Running {counts.running === 0 ? null : <strong>{counts.running}</strong>}
        </ToggleChip>
        {agents.length < 2 && view.agent === "" ? null : (
          <select
            className={classes["agent"]}
            aria-label="Agent"
            value={view.agent}
            onChange={(event) => change({ agent: event.target.value })}
          >
            <option value="">All agents</option>
            {agents.map((agent) => (
              <option key={agent}>{agent}</option>
            ))}
          </select>
        )}
      </div>
    </search>
  );
}
