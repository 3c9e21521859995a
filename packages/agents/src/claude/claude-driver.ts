import { agentEnvironment } from "../agent-environment.ts";
import { AgentError } from "../agent-error.ts";
import { bypassRefused } from "../bypass-refused.ts";
import { PERMISSION_MODES, type AgentCapabilities } from "../capabilities.ts";
import type { Driver, DriverHost, StartOptions } from "../driver.ts";
import { AgentProcess } from "../process/agent-process.ts";
import { startWithin } from "../start-within.ts";
import { claudeArguments, claudeEnvironment } from "./claude-arguments.ts";
import { claudeAttachmentTypes } from "./claude-content.ts";
import { failureOfStart } from "./claude-failure.ts";
import { ClaudeInstallation, claudeInstallHint, type ClaudeFacts } from "./claude-installation.ts";
import { maxRetryingMs } from "./claude-retries.ts";
import { ClaudeSession } from "./claude-session.ts";

export interface ClaudeDriverOptions {
  /** Its name on PATH or its path, instead of the search of [AGENT-4]. */
  readonly program?: string | undefined;
  /** How long a run may only be retrying, in milliseconds. Default: [AGENT-9]. */
  readonly maxRetryingMs?: number | undefined;
}

/** Drives the user's own Claude Code. */
export function createClaudeDriver(host: DriverHost, driverOptions: ClaudeDriverOptions = {}): Driver {
  const agentHost: DriverHost = { ...host, environment: agentEnvironment(host.environment) };
  const installation = new ClaudeInstallation(host, driverOptions.program);
  // The agent itself does not lock a session, and two processes on one would lose each other's turns.
  const openSessions = new Set<string>();

  async function start(options: StartOptions): Promise<ClaudeSession> {
    options.signal?.throwIfAborted();
    const { resume, permissionMode } = options;
    if (permissionMode === "bypassPermissions" && options.allowBypass !== true) throw bypassRefused("Claude Code");
    const facts = await installation.probe(options.signal);
    const newId = () => options.newSessionId ?? host.randomUuid();
    try {
      return await open(options, facts, resume?.agentSessionId ?? newId(), resume !== undefined);
    } catch (failure) {
      const mayReplace = failure instanceof AgentError && failure.kind === "session_load_failed";
      if (resume?.onLoadFailure !== "replace" || !mayReplace) throw failure;
      const agentSessionId = newId();
      const session = await open(options, facts, agentSessionId, false);
      options.onEvent?.({ type: "session_replaced", previousId: resume.agentSessionId, agentSessionId });
      return session;
    }
  }

  async function open(
    options: StartOptions,
    facts: ClaudeFacts,
    sessionId: string,
    isResume: boolean,
  ): Promise<ClaudeSession> {
    if (openSessions.has(sessionId)) {
      throw new AgentError({
        kind: "session_locked",
        target: sessionId,
        message: `resume the Claude Code session ${sessionId}: this process already works on it; close that session first`,
      });
    }
    openSessions.add(sessionId);
    const onEvent = options.onEvent ?? (() => undefined);
    let session: ClaudeSession | undefined;
    try {
      const mayDropSnapshot = isResume && options.systemPrompt !== undefined;
      const canDropSnapshot =
        mayDropSnapshot && (await installation.hasOption("--system-prompt-snapshot", options.signal));
      const agent = await AgentProcess.start(agentHost, {
        program: facts.path,
        arguments: claudeArguments({ ...options, sessionId, isResume, canDropSnapshot }),
        workingDirectory: options.resume?.workingDirectory ?? options.workingDirectory,
        environment: { ...options.environment, ...claudeEnvironment({ ...host.environment, ...options.environment }) },
        installHint: claudeInstallHint,
        onProcess: options.onProcess,
        onLine: (line) => session?.handleLine(line),
        onDiagnostic: (text) => onEvent({ type: "diagnostic", text }),
      });
      session = new ClaudeSession(agent, {
        agentSessionId: sessionId,
        isResume,
        capabilities: capabilitiesOf(facts),
        permissionQuestions: options.permissionQuestions ?? "deny",
        seedText: isResume ? undefined : options.resume?.seedText,
        allowBypass: options.allowBypass === true,
        maxRetryingMs: driverOptions.maxRetryingMs ?? maxRetryingMs,
        onEvent,
      });
      const ready = session.waitUntilReady();
      await startWithin(ready, {
        agent,
        signal: options.signal,
        timeoutMs: options.startTimeoutMs,
        target: facts.path,
        failureOfEnd: (end) => failureOfStart(end, sessionId),
      });
      void session.ended.finally(() => openSessions.delete(sessionId));
      return session;
    } catch (failure) {
      openSessions.delete(sessionId);
      throw failure;
    }
  }

  async function probe(signal?: AbortSignal) {
    const facts = await installation.probe(signal);
    return { version: facts.version, capabilities: capabilitiesOf(facts) };
  }

  return { id: "claude", probe, start };
}

function capabilitiesOf({ canResumeElsewhere }: ClaudeFacts): AgentCapabilities {
  return {
    transactional: false,
    isolation: "process",
    usageSource: "agent",
    permissionModes: PERMISSION_MODES,
    canChooseModel: true,
    canResume: true,
    canSteer: true,
    canCompact: true,
    dedupesPrompts: true,
    keepsFiles: true,
    canInterrupt: true,
    resume: "full",
    canResumeElsewhere,
    systemPrompt: "any",
    cost: "cumulative",
    attachmentTypes: claudeAttachmentTypes,
    rejectEndsTurn: false,
  };
}
