/** How the agent of a run is started or found again: from what is known of the session and what the prompt says. */
import { AgentError } from "@parlatory/agents";
import type { RemoteSessionRow } from "../../store/remote-store.ts";
import type { AgentLaunch } from "./agent-launch.ts";
import type { RunParts } from "./run-parts.ts";
import { permissionModeOf } from "./session-facts.ts";

export interface LaunchRequest {
  readonly sessionId: string;
  readonly runId: string;
  readonly agent: string;
  /** Absent: where the session works. */
  readonly workingDirectory?: string | undefined;
  readonly systemPrompt?: string | undefined;
}

/** @throws AgentError `engine_unavailable`, RemoteError `Unknown agent: <name>` */
export async function planLaunch(
  request: LaunchRequest,
  { registry, facts }: Pick<RunParts, "registry" | "facts">,
): Promise<AgentLaunch> {
  const { sessionId, runId } = request;
  const agent = registry.get(request.agent);
  const probe = await registry.probe(agent);
  if (!probe.available) {
    throw new AgentError({ kind: "engine_unavailable", target: agent.name, message: probe.reason });
  }
  const known = await facts.look(sessionId);
  const row: RemoteSessionRow | undefined = known === undefined ? undefined : await facts.rowOf(known);
  return {
    sessionId,
    runId,
    agent,
    capabilities: probe.capabilities,
    workingDirectory: request.workingDirectory ?? known?.workingDirectory ?? "",
    permissionMode: permissionModeOf(row),
    systemPrompt: request.systemPrompt ?? row?.systemPrompt,
    row,
    hasBegun: await facts.hasBegun(sessionId, row),
  };
}

/** What the run settled about the session is kept: where it works, what its system prompt is, how its agent calls it. */
export async function keepLaunch(
  launch: AgentLaunch,
  agentSessionId: string | null,
  { store, steps }: Pick<RunParts, "store" | "steps">,
): Promise<void> {
  const { row, sessionId, workingDirectory, systemPrompt } = launch;
  if (row === undefined) return;
  const change = {
    ...(row.workingDirectory === workingDirectory ? {} : { workingDirectory }),
    ...(row.systemPrompt === systemPrompt ? {} : { systemPrompt }),
    ...(agentSessionId === null || row.agentSessionId === agentSessionId ? {} : { agentSessionId }),
  };
  if (Object.keys(change).length === 0) return;
  await steps.take("keep what a session is", () => store.updateSession(sessionId, change));
}
