import { AgentError } from "../agent-error.ts";
import { PERMISSION_MODES, type AgentCapabilities } from "../capabilities.ts";
import type { Driver, DriverHost, StartOptions } from "../driver.ts";
import { AgentProcess } from "../process/agent-process.ts";
import { startWithin } from "../start-within.ts";
import { claudeArguments, claudeEnvironment } from "./claude-arguments.ts";
import { failureOfStart } from "./claude-failure.ts";
import { ClaudeSession } from "./claude-session.ts";
import { claudeInstallHint, probeClaudeVersion } from "./claude-version.ts";

const capabilities: AgentCapabilities = {
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
  canResumeElsewhere: false,
  systemPrompt: "any",
  cost: "cumulative",
  attachmentTypes: [],
  rejectEndsTurn: false,
};

/** Drives the user's own Claude Code. `program` is its name on PATH or its path. */
export function createClaudeDriver(
  host: DriverHost,
  { program = "claude" }: { readonly program?: string } = {},
): Driver {
  // The agent itself does not lock a session, and two processes on one would lose each other's turns.
  const openSessions = new Set<string>();
  let version: Promise<string> | undefined;
  const probe = (signal?: AbortSignal) => {
    version ??= probeClaudeVersion(host, program, signal);
    version.catch(() => (version = undefined)); // it may be installed by the next time
    return version;
  };

  async function start(options: StartOptions): Promise<ClaudeSession> {
    await probe(options.signal);
    const { resume } = options;
    try {
      return await open(options, resume?.agentSessionId ?? host.randomUuid(), resume !== undefined);
    } catch (failure) {
      const mayReplace = failure instanceof AgentError && failure.kind === "session_load_failed";
      if (resume?.onLoadFailure !== "replace" || !mayReplace) throw failure;
      const agentSessionId = host.randomUuid();
      const session = await open(options, agentSessionId, false);
      options.onEvent?.({ type: "session_replaced", previousId: resume.agentSessionId, agentSessionId });
      return session;
    }
  }

  async function open(options: StartOptions, sessionId: string, isResume: boolean): Promise<ClaudeSession> {
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
      const agent = await AgentProcess.start(host, {
        program,
        arguments: claudeArguments({ ...options, sessionId, isResume }),
        workingDirectory: options.resume?.workingDirectory ?? options.workingDirectory,
        environment: claudeEnvironment(host.environment),
        installHint: claudeInstallHint,
        onLine: (line) => session?.handleLine(line),
        onDiagnostic: (text) => onEvent({ type: "diagnostic", text }),
      });
      session = new ClaudeSession(agent, {
        agentSessionId: sessionId,
        isResume,
        capabilities,
        permissionQuestions: options.permissionQuestions ?? "deny",
        seedText: isResume ? undefined : options.resume?.seedText,
        onEvent,
      });
      const ready = session.waitUntilReady();
      await startWithin(ready, {
        agent,
        signal: options.signal,
        timeoutMs: options.startTimeoutMs,
        target: program,
        failureOfEnd: (end) => failureOfStart(end, sessionId),
      });
      void session.ended.finally(() => openSessions.delete(sessionId));
      return session;
    } catch (failure) {
      openSessions.delete(sessionId);
      throw failure;
    }
  }

  return { id: "claude", probe: async (signal) => ({ version: await probe(signal), capabilities }), start };
}
