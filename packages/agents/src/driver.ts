/**
 * The one interface behind which every coding agent runs. A driver knows its agent; it knows nothing of the turn loop,
 * the session store, the mesh, or the file formats of the product.
 */
import type { SessionEvent } from "./agent-event.ts";
import type { AgentCapabilities, PermissionMode } from "./capabilities.ts";
import type { AgentSession } from "./session.ts";

/** What a driver needs of its surroundings; the composition root gives it. */
export interface DriverHost {
  /** The agent inherits it, without secrets of Parlatory's and without traces of a surrounding session ([AGENT-8]). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly randomUuid: () => string;
}

/** What `probe` found. */
export interface AgentInfo {
  readonly version: string;
  readonly capabilities: AgentCapabilities;
}

export interface Driver {
  readonly id: "echo" | "claude" | "acp" | "worker";
  /**
   * Looks whether the agent can be run here, without starting a session.
   * @throws AgentError `engine_unavailable` when it is missing, does not answer or is too old
   */
  probe(signal?: AbortSignal): Promise<AgentInfo>;
  /**
   * Starts the agent and waits until it can take a prompt. When it throws, nothing is left running.
   * @throws AgentError `engine_unavailable`, `engine_unsupported`, `auth_required`, `rate_limited`,
   *   `invalid_working_directory`, `session_load_failed`, `session_locked`
   */
  start(options: StartOptions): Promise<AgentSession>;
}

export interface StartOptions {
  /** Absolute. Where the agent works; a resumed session works in that of its resume point instead. */
  readonly workingDirectory: string;
  /** Absent: the agent's own setting. */
  readonly permissionMode?: PermissionMode | undefined;
  /**
   * The mode `bypassPermissions` may be asked for, now or later; without it a start in that mode is refused, and so is a
   * change to it ([AGENT-7]).
   */
  readonly allowBypass?: boolean | undefined;
  readonly model?: string | undefined;
  /** A new session takes this id where the agent lets one choose it ([AGENT-4]). A UUID. */
  readonly newSessionId?: string | undefined;
  /** Put behind the agent's own system prompt; see the capability `systemPrompt`. */
  readonly systemPrompt?: string | undefined;
  /** Beside what the host's environment has: `PARL_RUN_ID` and what the agent's configuration names ([AGENT-8]). */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Called and waited for before a process that was started is used ([AGENT-13]); when it rejects, the process is ended. */
  readonly onProcess?: ((process: StartedProcess) => Promise<void>) | undefined;
  readonly resume?: ResumePoint | undefined;
  /** Aborts the start: whatever was started is ended before `start` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long the agent may take to be ready, in milliseconds. Default 60,000. */
  readonly startTimeoutMs?: number | undefined;
  /** What becomes of the agent's questions. Default `deny`: nobody is there to answer [TURN-11]. */
  readonly permissionQuestions?: PermissionPolicy | undefined;
  /** Must not throw. Called while output is read: do little. */
  readonly onEvent?: ((event: SessionEvent) => void) | undefined;
}

/** How a process that was started can be found again, by a later server too. */
export interface StartedProcess {
  readonly pid: number;
  /** See `readProcessStart`; "0" when it has ended already. */
  readonly startedAt: string;
  /** What the process and its descendants carry in their environment, see `AGENT_MARK`. */
  readonly mark: string;
}

/** `ask` puts them to the reader of the run's events and denies those that nobody answers in time. */
export type PermissionPolicy = "deny" | { readonly ask: { readonly timeoutMs: number } };

export interface ResumePoint {
  readonly agentSessionId: string;
  /**
   * Absolute. Where the session was started, since some agents find it only there; another directory only if the capability
   * `canResumeElsewhere` allows it.
   */
  readonly workingDirectory: string;
  /**
   * What to do when the agent does not find or load it. `fail` (the default) raises `session_load_failed`; `replace` begins
   * a new session, announced as `session_replaced`.
   */
  readonly onLoadFailure?: "fail" | "replace" | undefined;
  /** Only for `replace`: put before the first prompt as a block of its own, to tell the new session what was before. */
  readonly seedText?: string | undefined;
}
