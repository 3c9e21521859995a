/** Starting an agent for a session: how it is started, and that its processes are on record before they are used ([AGENT-13]). */
import {
  AgentError,
  type AgentCapabilities,
  type AgentSession,
  type SessionEvent,
  type StartOptions,
  type StartedProcess,
} from "@parlatory/agents";
import type { Clock } from "../../ports.ts";
import type { AgentProcessRow, RemoteSessionRow, RemoteStore } from "../../store/remote-store.ts";
import type { SessionCatalog } from "../catalog.ts";
import type { RemotePermissionMode } from "../run-requests.ts";
import type { DurableSteps } from "./durable-step.ts";
import { offersMode, toAgentMode } from "./permission-modes.ts";
import { readReplaySeed } from "./replay-seed.ts";
import type { ConfiguredAgent, LeaseOwner, RunSettings } from "./run-options.ts";

export interface AgentLaunch {
  readonly sessionId: string;
  readonly runId: string;
  readonly agent: ConfiguredAgent;
  readonly capabilities: AgentCapabilities;
  readonly workingDirectory: string;
  readonly permissionMode: RemotePermissionMode;
  readonly systemPrompt: string | undefined;
  readonly row: RemoteSessionRow | undefined;
  /** The agent has the session already: it is resumed, or there is an error. */
  readonly hasBegun: boolean;
}

export interface LaunchParts {
  readonly store: Pick<RemoteStore, "addAgentProcess" | "removeAgentProcess">;
  readonly catalog: Pick<SessionCatalog, "open">;
  readonly steps: DurableSteps;
  readonly owner: LeaseOwner;
  readonly clock: Clock;
  readonly settings: RunSettings;
}

/** The driver's own limit for an answer lies behind ours, whose message counts ([APPROVE-5]). */
const questionSlackMs = 60_000;

/** @throws AgentError, and the signal's reason */
export async function launchAgent(
  launch: AgentLaunch,
  parts: LaunchParts,
  hooks: { readonly signal: AbortSignal; readonly onEvent: (event: SessionEvent) => void },
): Promise<AgentSession> {
  const processes = new RecordedProcesses(launch, parts);
  try {
    const session = await launch.agent.driver.start({
      ...(await startOptions(launch, parts)),
      signal: hooks.signal,
      onEvent: hooks.onEvent,
      onProcess: (started) => processes.add(started),
    });
    void session.ended.then(() => processes.remove());
    return session;
  } catch (thrown) {
    await processes.remove();
    throw thrown;
  }
}

async function startOptions(launch: AgentLaunch, { catalog, settings }: LaunchParts): Promise<StartOptions> {
  const { agent, capabilities, sessionId, workingDirectory, systemPrompt } = launch;
  const mode = toAgentMode(launch.permissionMode, settings.allowBypass);
  const common: StartOptions = {
    workingDirectory,
    permissionMode: offersMode(capabilities, mode) ? mode : undefined,
    allowBypass: settings.allowBypass,
    model: agent.model,
    systemPrompt,
    environment: { ...agent.environment, PARL_RUN_ID: launch.runId },
    permissionQuestions: { ask: { timeoutMs: settings.permissionTimeoutMs + questionSlackMs } },
  };
  if (!launch.hasBegun) return { ...common, newSessionId: sessionId };
  const isReplayed = capabilities.resume === "replayed";
  // Our own log can be replayed, but not a session that only the agent could know.
  if (capabilities.resume === "none" || (isReplayed && launch.row === undefined)) throw notFound(launch);
  return {
    ...common,
    resume: {
      agentSessionId: launch.row?.agentSessionId ?? sessionId,
      workingDirectory,
      onLoadFailure: isReplayed ? "replace" : "fail",
      seedText: isReplayed ? await readReplaySeed(catalog, sessionId) : undefined,
    },
  };
}

function notFound({ agent, sessionId }: AgentLaunch): AgentError {
  return new AgentError({
    kind: "session_load_failed",
    target: sessionId,
    message: `resume session ${sessionId}: ${agent.name} does not know it`,
  });
}

/** The rows of an agent's processes, from before they are used until they are gone. */
class RecordedProcesses {
  readonly #launch: AgentLaunch;
  readonly #parts: LaunchParts;
  #rows: AgentProcessRow[] = [];

  constructor(launch: AgentLaunch, parts: LaunchParts) {
    this.#launch = launch;
    this.#parts = parts;
  }

  async add({ pid, startedAt, mark }: StartedProcess): Promise<void> {
    const { owner, clock, store } = this.#parts;
    const row: AgentProcessRow = {
      host: owner.host,
      pid,
      pidStartedAt: startedAt,
      serverId: owner.serverId,
      sessionId: this.#launch.sessionId,
      runId: this.#launch.runId,
      mark,
      startedAt: clock.now(),
    };
    this.#rows.push(row);
    await store.addAgentProcess(row);
  }

  /** What cannot be removed is looked at by the next server, which finds no such process. */
  async remove(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    const { steps, store } = this.#parts;
    for (const { host, pid, pidStartedAt } of rows) {
      await steps
        .take("remove an agent process", () => store.removeAgentProcess(host, pid, pidStartedAt))
        .catch(() => undefined);
    }
  }
}
