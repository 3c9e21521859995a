import { useEffect, useMemo } from "react";
import { addKnownAgents, readKnownAgents } from "./known-agents.ts";
import type { KnownSession } from "./known-session.ts";

/** Agents of these sessions and of those that were seen before, by name. */
export function useKnownAgents(sessions: readonly KnownSession[] | undefined): readonly string[] {
  const agents = useMemo(() => {
    const seen = new Set([...readKnownAgents(localStorage), ...(sessions ?? []).map(({ agent }) => agent)]);
    return [...seen].sort();
  }, [sessions]);
  useEffect(() => addKnownAgents(localStorage, agents), [agents]);
  return agents;
}
