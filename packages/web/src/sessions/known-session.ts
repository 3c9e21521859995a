import type { RemoteSessionEntry, RemoteSessionListEntry, RemoteSessionState } from "@parlatory/protocol/remote";

/** A session as lists show it, whichever message told of it. */
export interface KnownSession {
  readonly sessionId: string;
  readonly name: string;
  readonly workingDirectory: string;
  /** ISO-8601; sorts as text. */
  readonly lastModified: string;
  readonly messageCount: number;
  /** False: there are at least so many ([WATCH-5]). */
  readonly isCountExact: boolean;
  readonly preview: string;
  readonly agent: string;
  readonly state: RemoteSessionState;
  readonly isBusyElsewhere: boolean;
}

export function toKnownSession(entry: RemoteSessionEntry | RemoteSessionListEntry): KnownSession {
  return {
    sessionId: entry.session_id,
    name: entry.name,
    workingDirectory: entry.working_directory,
    lastModified: "last_modified_at" in entry ? entry.last_modified_at : entry.last_modified,
    messageCount: entry.message_count,
    isCountExact: entry.message_count_exact !== false,
    preview: entry.preview,
    agent: entry.agent,
    state: entry.state,
    isBusyElsewhere: entry.session_busy_elsewhere,
  };
}

/** The order of lists: newest first, ties by id ([SESS-1]). */
export function compareSessions(one: KnownSession, other: KnownSession): number {
  if (one.lastModified !== other.lastModified) return one.lastModified < other.lastModified ? 1 : -1;
  if (one.sessionId === other.sessionId) return 0;
  return one.sessionId < other.sessionId ? -1 : 1;
}

export interface SessionFilter {
  readonly workingDirectory?: string | undefined;
  readonly agent?: string | undefined;
}

export function passes({ workingDirectory, agent }: SessionFilter, session: KnownSession): boolean {
  if (workingDirectory !== undefined && session.workingDirectory !== workingDirectory) return false;
  return agent === undefined || session.agent === agent;
}
