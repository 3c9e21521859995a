import type { Wanted } from "./find-sessions.ts";
import type { SessionView } from "./session-filters.tsx";
import { useStored } from "./use-stored.ts";

const wants: readonly Wanted[] = ["all", "needs-you", "running"];

/** How the list is shown: grouping is of this browser, what is looked for is of this tab, so that "back" finds it again. */
export function useSessionView(): [SessionView, (change: Partial<SessionView>) => void] {
  const [grouping, setGrouping] = useStored(localStorage, "parlatory.sessions.grouping");
  const [search, setSearch] = useStored(sessionStorage, "parlatory.sessions.search");
  const [wanted, setWanted] = useStored(sessionStorage, "parlatory.sessions.wanted");
  const [agent, setAgent] = useStored(sessionStorage, "parlatory.sessions.agent");
  const view = {
    search,
    wanted: wants.find((known) => known === wanted) ?? "all",
    agent,
    isByProject: grouping !== "time",
  };
  return [
    view,
    (change) => {
      if (change.isByProject !== undefined) setGrouping(change.isByProject ? "" : "time");
      if (change.search !== undefined) setSearch(change.search);
      if (change.wanted !== undefined) setWanted(change.wanted === "all" ? "" : change.wanted);
      if (change.agent !== undefined) setAgent(change.agent);
    },
  ];
}
