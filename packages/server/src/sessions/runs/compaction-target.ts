import { RemoteError, parseClientSessionId, parseUuid } from "@parlatory/protocol/remote";
import type { KnownSession, SessionFacts } from "./session-facts.ts";

export interface CompactionTargets {
  readonly facts: SessionFacts;
  /** The current session of a client session ([PROMPT-5]). */
  readonly currentSessionOf: (clientSessionId: string) => Promise<string | undefined>;
}

/**
 * The session that an id means: itself, else the current session of the client session of that id ([COMPACT-1]).
 * @throws RemoteError `Session not found: <id>`
 */
export async function findCompactionTarget(
  id: string,
  { facts, currentSessionOf }: CompactionTargets,
): Promise<KnownSession> {
  const sessionId = parseUuid(id);
  const session = sessionId === undefined ? undefined : await facts.look(sessionId);
  if (session !== undefined) return session;
  const clientSessionId = parseClientSessionId(id);
  const currentId = clientSessionId === undefined ? undefined : await currentSessionOf(clientSessionId);
  const current = currentId === undefined ? undefined : await facts.look(currentId);
  if (current === undefined) throw new RemoteError("not_found", `Session not found: ${id}`);
  return current;
}
