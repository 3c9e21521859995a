/**
 * The agent of the remote that needs nothing [AGENT-15]: deterministic, without files, and able to do all that an agent of the
 * remote may be asked for. The harness's echo, with its four lines, is another one.
 */
import { setTimeout as wait } from "node:timers/promises";
import { AgentError } from "../agent-error.ts";
import { bypassRefused } from "../bypass-refused.ts";
import { PERMISSION_MODES, type AgentCapabilities } from "../capabilities.ts";
import type { Driver, DriverHost, StartOptions } from "../driver.ts";
import { EchoMemory } from "./echo-memory.ts";
import { RemoteEchoSession } from "./remote-echo-session.ts";

export interface RemoteEchoOptions {
  /** Resolves after so many milliseconds, or rejects when the signal is set. Default: a timer. */
  readonly delay?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined;
}

const capabilities: AgentCapabilities = {
  transactional: false,
  isolation: "inline",
  usageSource: "words",
  permissionModes: PERMISSION_MODES,
  canChooseModel: true,
  canResume: true,
  canSteer: true,
  canCompact: true,
  dedupesPrompts: true,
  keepsFiles: false,
  canInterrupt: true,
  // It keeps nothing of its own: what was before is handed to it.
  resume: "replayed",
  canResumeElsewhere: true,
  systemPrompt: "any",
  cost: "run",
  attachmentTypes: ["text/plain", "image/png", "image/jpeg", "application/pdf"],
  rejectEndsTurn: false,
};

export function createRemoteEchoDriver(
  host: Pick<DriverHost, "randomUuid">,
  { delay = (ms, signal) => wait(ms, undefined, { signal }) }: RemoteEchoOptions = {},
): Driver {
  const memory = new EchoMemory();

  function open(options: StartOptions): RemoteEchoSession {
    options.signal?.throwIfAborted();
    const { resume, permissionMode = "default" } = options;
    if (permissionMode === "bypassPermissions" && options.allowBypass !== true) throw bypassRefused("echo");
    // A session that nobody handed over was never there.
    if (resume !== undefined && resume.onLoadFailure !== "replace" && !memory.hasSession(resume.agentSessionId)) {
      const id = resume.agentSessionId;
      throw new AgentError({
        kind: "session_load_failed",
        target: id,
        retryable: false,
        message: `resume the echo session ${id}: there is no such session`,
      });
    }
    const agentSessionId = resume?.agentSessionId ?? options.newSessionId ?? host.randomUuid();
    memory.addSession(agentSessionId);
    return new RemoteEchoSession({
      agentSessionId,
      capabilities,
      permissionMode,
      allowBypass: options.allowBypass === true,
      permissionQuestions: options.permissionQuestions ?? "deny",
      seedText: resume?.seedText ?? "",
      memory,
      delay,
      onEvent: options.onEvent ?? (() => undefined),
    });
  }

  return {
    id: "echo",
    probe: () => Promise.resolve({ version: "1", capabilities }),
    start: async (options) => open(options),
  };
}
