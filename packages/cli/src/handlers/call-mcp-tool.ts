/** One call of one tool of an MCP server: start, handshake, call, end. It must not know rows or envelopes. */
import { Client, ProtocolError, type CallToolResult, type Transport } from "@modelcontextprotocol/client";
import type { CommandContext } from "../harness/context.ts";
import type { Ending } from "./execution.ts";
import type { McpEntry } from "./mcp-entry.ts";
import { McpProcess } from "./mcp-process.ts";
import type { OutputCapture } from "./output-capture.ts";
import type { RunLimit } from "./run-limit.ts";
import type { McpToolCall } from "./tool-payload.ts";

export interface McpCallPlan {
  readonly entry: McpEntry;
  readonly call: McpToolCall;
  readonly workingDirectory: string;
  /** The whole environment of a server that is a child. */
  readonly environment: Readonly<Record<string, string>>;
}

/** From SIGTERM to SIGKILL, when the call must end [CAN-3]. */
const graceMs = 100;
/** The limit of the run decides; the SDK's own one must not come first. */
const timeoutMs = 2 ** 31 - 1;
/** What a server may add to the log. */
const maxLogLines = 1_000;
const uuidBytes = 16;

/**
 * What the tool answers goes into `capture`: texts as they are, everything else as JSON. An answer that says the tool failed,
 * or a refusal of the call, is `exited` with 1; `mcp_failed` means that there was no answer.
 */
export async function callMcpTool(
  context: Pick<CommandContext, "log" | "product" | "randomBytes">,
  plan: McpCallPlan,
  { capture, limit }: { readonly capture: OutputCapture; readonly limit: RunLimit },
): Promise<Ending> {
  const { call } = plan;
  const client = new Client({ name: "parl", version: context.product.version });
  const process = plan.entry.type === "stdio" ? createProcess(context, plan, plan.entry) : undefined;
  const options = { signal: limit.signal, timeout: timeoutMs };
  try {
    const transport = process ?? (await createHttpTransport(plan.entry));
    await client.connect(transport, options);
    const result = await client.callTool({ name: call.tool, arguments: { ...call.arguments } }, options);
    capture.push(Buffer.from(describeResult(result)));
    return { type: "exited", exitCode: result.isError === true ? 1 : 0 };
  } catch (thrown) {
    if (limit.cause !== undefined) return { type: "stopped", by: limit.cause };
    const reason = describeFailure(thrown, process);
    capture.push(Buffer.from(reason));
    return thrown instanceof ProtocolError
      ? { type: "exited", exitCode: 1 }
      : { type: "mcp_failed", server: call.server, reason };
  } finally {
    await close(client, process, limit);
  }
}

function createProcess(
  context: Pick<CommandContext, "log" | "randomBytes">,
  { call, workingDirectory, environment }: McpCallPlan,
  entry: McpEntry & { readonly type: "stdio" },
): McpProcess {
  let logged = 0;
  return new McpProcess({
    program: entry.command,
    arguments: entry.arguments,
    workingDirectory,
    environment: { ...environment, ...entry.environment },
    randomUuid: () => Buffer.from(context.randomBytes(uuidBytes)).toString("hex"),
    onDiagnostic: (line) => {
      logged += 1;
      if (logged <= maxLogLines) context.log(`MCP server '${call.server}': ${line}`);
    },
  });
}

async function createHttpTransport(entry: McpEntry): Promise<Transport> {
  if (entry.type === "stdio") throw new Error("a server on stdio is a child");
  const { SSEClientTransport, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const options = { requestInit: { headers: { ...entry.headers } } };
  const url = new URL(entry.url);
  return entry.type === "sse" ? new SSEClientTransport(url, options) : new StreamableHTTPClientTransport(url, options);
}

/** Leaves no process, and does not wait longer for that than the run may still take. */
async function close(client: Client, process: McpProcess | undefined, limit: RunLimit): Promise<void> {
  const hurry = (): void => void process?.stop(graceMs);
  if (limit.signal.aborted) await process?.stop(graceMs);
  limit.signal.addEventListener("abort", hurry, { once: true });
  try {
    await client.close();
    await process?.close(); // the client closes only what it had connected to
  } catch {
    // The answer is there; a connection that breaks instead of closing is closed too.
  } finally {
    limit.signal.removeEventListener("abort", hurry);
  }
}

function describeResult({ content, structuredContent }: CallToolResult): string {
  const parts = content.map((block) => (block.type === "text" ? block.text : JSON.stringify(block)));
  if (parts.length === 0 && structuredContent !== undefined) parts.push(JSON.stringify(structuredContent));
  return parts.join("\n");
}

function describeFailure(thrown: unknown, process: McpProcess | undefined): string {
  const end = process?.end;
  if (end === undefined || thrown instanceof ProtocolError) {
    return thrown instanceof Error ? thrown.message : "it answered with something unknown";
  }
  const lastWords = end.stderrTail.split("\n").at(-1) ?? "";
  const how = end.signal === null ? `with exit code ${end.exitCode ?? 0}` : `by ${end.signal}`;
  return `the server ended ${how} before it answered${lastWords === "" ? "" : `: ${lastWords}`}`;
}
