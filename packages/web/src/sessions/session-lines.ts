import type { KnownSession } from "./known-session.ts";

/** A line of the list: the head of a project, a session, or what unfolds the rest of a project. */
export type SessionLine =
  | { readonly kind: "project"; readonly key: string; readonly directory: string; readonly count: number }
  | { readonly kind: "session"; readonly key: string; readonly session: KnownSession }
  | { readonly kind: "rest"; readonly key: string; readonly directory: string; readonly count: number };

/** Sessions of a project that are shown before it is unfolded. */
const shownFolded = 5;

export function linesByTime(sessions: readonly KnownSession[]): readonly SessionLine[] {
  return sessions.map(toLine);
}

/** Projects in the order of their newest session. */
export function linesByProject(
  sessions: readonly KnownSession[],
  unfolded: ReadonlySet<string>,
): readonly SessionLine[] {
  return [...Map.groupBy(sessions, ({ workingDirectory }) => workingDirectory)].flatMap(([directory, own]) => {
    const head: SessionLine = { kind: "project", key: `project ${directory}`, directory, count: own.length };
    const isWhole = unfolded.has(directory) || own.length <= shownFolded + 1;
    if (isWhole) return [head, ...own.map(toLine)];
    const count = own.length - shownFolded;
    return [
      head,
      ...own.slice(0, shownFolded).map(toLine),
      { kind: "rest", key: `rest ${directory}`, directory, count },
    ];
  });
}

function toLine(session: KnownSession): SessionLine {
  return { kind: "session", key: session.sessionId, session };
}
