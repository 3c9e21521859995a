/**
 * An MCP server as a child on stdio: the transport below the client of the SDK. Unlike the SDK's own one it ends the whole
 * process tree of the server, whatever group its processes moved to [CAN-3]. It must not know what a tool is.
 */
import { parseJSONRPCMessage, type JSONRPCMessage, type Transport } from "@modelcontextprotocol/client";
import { AgentError, AgentProcess, type ProcessEnd } from "@parlatory/agents";

export interface McpProcessPlan {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly randomUuid: () => string;
  /** A line of its stderr, or a remark on its output. */
  readonly onDiagnostic: (line: string) => void;
}

/** From the end of its stdin to SIGKILL, when the server is no longer needed. */
const closeMs = 2_000;
const maxNonsenseChars = 200;

export class McpProcess implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  /** How the server ended, if it did. */
  end: ProcessEnd | undefined;
  readonly #plan: McpProcessPlan;
  #process: AgentProcess | undefined;

  constructor(plan: McpProcessPlan) {
    this.#plan = plan;
  }

  /** Rejects with an error whose message says why the program cannot be started. */
  async start(): Promise<void> {
    const { program, workingDirectory, environment, randomUuid, onDiagnostic } = this.#plan;
    try {
      this.#process = await AgentProcess.start(
        { environment, randomUuid },
        {
          program,
          arguments: this.#plan.arguments,
          workingDirectory,
          installHint: "install it, or correct the entry",
          onLine: (line) => this.#read(line),
          onDiagnostic,
        },
      );
    } catch (thrown) {
      const cause = thrown instanceof AgentError ? thrown.cause : thrown;
      const { code, message } = cause as NodeJS.ErrnoException;
      const reason = code === "ENOENT" ? "there is no such program on PATH" : (code ?? message);
      throw new Error(`its program '${program}' cannot be started: ${reason}`, { cause: thrown });
    }
    void this.#process.ended.then((end) => {
      this.end = end;
      this.onclose?.();
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const isWritten = this.#process?.write(JSON.stringify(message)) ?? false;
    return isWritten ? Promise.resolve() : Promise.reject(new Error("the server does not read"));
  }

  async close(): Promise<void> {
    await this.#process?.end(closeMs);
  }

  /** As `close`, but in no more than `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await this.#process?.end(graceMs);
  }

  #read(line: string): void {
    if (line.trim() === "") return;
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(JSON.parse(line));
    } catch {
      // Some servers print greetings; the answer may still come.
      this.#plan.onDiagnostic(`not a message of the protocol: ${line.slice(0, maxNonsenseChars)}`);
      return;
    }
    this.onmessage?.(message);
  }
}
