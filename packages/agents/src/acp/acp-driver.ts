import { basename } from "node:path";
import type { ClientContext } from "@agentclientprotocol/sdk";
import { agentEnvironment } from "../agent-environment.ts";
import { AgentError } from "../agent-error.ts";
import { bypassRefused } from "../bypass-refused.ts";
import type { AgentInfo, Driver, DriverHost, StartOptions } from "../driver.ts";
import { AgentProcess } from "../process/agent-process.ts";
import { startWithin } from "../start-within.ts";
import { openAcpConnection } from "./acp-connection.ts";
import { failureOfStart } from "./acp-failure.ts";
import { quirksOf, type AcpQuirks } from "./acp-quirks.ts";
import { acpCapabilities, acpRecord, type AcpRecord } from "./acp-record.ts";
import { AcpSession } from "./acp-session.ts";
import { beginAcpSession } from "./begin-acp-session.ts";

const protocolVersion = 1;

export interface AcpDriverOptions {
  /** Split into words; no shell is involved. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Goes before what is known of the agent [AGENT-14]. */
  readonly quirks?: AcpQuirks | undefined;
}

/** Drives any agent that speaks the Agent Client Protocol on its stdin and stdout. */
export function createAcpDriver(host: DriverHost, { command, quirks }: AcpDriverOptions): Driver {
  const [program, ...args] = command;
  const agentHost: DriverHost = { ...host, environment: agentEnvironment(host.environment) };
  const name = basename(program);

  async function connect(options: StartOptions, session: () => AcpSession | undefined) {
    const onEvent = options.onEvent ?? (() => undefined);
    const running: { agent?: AgentProcess } = {};
    const connection = await openAcpConnection({
      write: (line) => running.agent?.write(line) ?? false,
      onUpdate: (notification) => session()?.handleUpdate(notification),
      onQuestion: (request, signal) =>
        session()?.handleQuestion(request, signal) ?? Promise.resolve({ outcome: { outcome: "cancelled" } }),
      onEvent,
    });
    const agent = await AgentProcess.start(agentHost, {
      program,
      arguments: args,
      workingDirectory: options.resume?.workingDirectory ?? options.workingDirectory,
      environment: { ...quirksOf(name, quirks).environment, ...options.environment },
      onProcess: options.onProcess,
      installHint: "install it, or correct the command after acp:",
      onLine: connection.handleLine,
      onDiagnostic: (text) => onEvent({ type: "diagnostic", text }),
    });
    running.agent = agent;
    return { agent, connection };
  }

  async function greet(client: ClientContext): Promise<AcpRecord> {
    const answer = await client.request("initialize", {
      protocolVersion,
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
      clientInfo: { name: "parlatory", version: "1" },
    });
    if (answer.protocolVersion !== protocolVersion) {
      throw new AgentError({
        kind: "engine_unavailable",
        target: program,
        message: `start '${program}': it speaks version ${answer.protocolVersion} of the Agent Client Protocol, expected ${protocolVersion}; use another version of it`,
      });
    }
    return acpRecord(answer, name, quirks);
  }

  async function start(options: StartOptions): Promise<AcpSession> {
    options.signal?.throwIfAborted();
    if (options.permissionMode === "bypassPermissions" && options.allowBypass !== true) throw bypassRefused(program);
    let session: AcpSession | undefined;
    const { agent, connection } = await connect(options, () => session);
    const client = connection.connection.agent;
    const handshake = async () => {
      const record = await greet(client);
      return { record, begun: await beginAcpSession(client, record, options) };
    };
    try {
      const { record, begun } = await startWithin(handshake(), limitsOf(agent, options));
      session = new AcpSession(agent, {
        program,
        agent: client,
        record,
        agentSessionId: begun.agentSessionId,
        isLoaded: options.resume !== undefined && !begun.isReplacement,
        offers: begun.offers,
        allowBypass: options.allowBypass === true,
        permissionQuestions: options.permissionQuestions ?? "deny",
        seedText: begun.isReplacement ? options.resume?.seedText : undefined,
        onEvent: options.onEvent ?? (() => undefined),
        closeConnection: connection.close,
      });
      return session;
    } catch (failure) {
      connection.close();
      throw failure;
    }
  }

  function limitsOf(agent: AgentProcess, options: StartOptions) {
    return {
      agent,
      signal: options.signal,
      timeoutMs: options.startTimeoutMs,
      target: program,
      failureOfEnd: (end: Awaited<AgentProcess["ended"]>) => failureOfStart(program, end),
    };
  }

  async function probe(signal?: AbortSignal): Promise<AgentInfo> {
    signal?.throwIfAborted();
    const options: StartOptions = { workingDirectory: "/", signal };
    const { agent, connection } = await connect(options, () => undefined);
    try {
      const record = await startWithin(greet(connection.connection.agent), limitsOf(agent, options));
      return { version: `${record.name} ${record.version}`, capabilities: acpCapabilities(record) };
    } finally {
      await agent.end(0);
      connection.close();
    }
  }

  return { id: "acp", probe, start };
}
