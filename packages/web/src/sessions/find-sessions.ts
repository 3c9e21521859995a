import type { KnownSession } from "./known-session.ts";
import { foldHome } from "./project-names.ts";

export type Wanted = "all" | "needs-you" | "running";

/** Sessions in which every word of the search is found, and that are in the wanted state. */
export function findSessions(
  sessions: readonly KnownSession[],
  query: { readonly search: string; readonly wanted: Wanted },
  /** Sessions of which a question is open, whatever the list says. */
  asking: ReadonlySet<string>,
): readonly KnownSession[] {
  const words = query.search
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  return sessions.filter((session) => {
    if (!isWanted(session, query.wanted, asking)) return false;
    if (words.length === 0) return true;
    const { name, workingDirectory, preview, agent, sessionId } = session;
    const text = [name, foldHome(workingDirectory), workingDirectory, preview, agent, sessionId]
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function isWanted(session: KnownSession, wanted: Wanted, asking: ReadonlySet<string>): boolean {
  const needsYou = session.state === "waiting_permission" || asking.has(session.sessionId);
  if (wanted === "needs-you") return needsYou;
  if (wanted === "running") return needsYou || runningStates.has(session.state);
  return true;
}

const runningStates: ReadonlySet<KnownSession["state"]> = new Set(["running", "compacting", "recovering"]);
