/**
 * MCP on stdio: answers `initialize`, `tools/list` and `tools/call`, and sends the channel's notifications ([MCP-1]). It must
 * not know what a tool does or what a mesh is. A client that probes `server/discover` first gets "method not found" and falls
 * back to `initialize`: only the older revision has notifications that nobody asked for, which the channel needs.
 */
import { Server, type CallToolResult, type JSONRPCMessage } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Readable, Writable } from "node:stream";
import type { ToolAnswer } from "./tool-call.ts";
import { toolDefinitions } from "./tool-definitions.ts";
import type { ChannelNotification } from "./ways-in/channel.ts";

export interface McpServerOptions {
  stdin: Readable;
  stdout: Writable;
  version: string;
  instructions: string;
  /** Never rejects: a failure is an answer with `isError`. */
  callTool: (name: string, args: Readonly<Record<string, unknown>> | undefined) => Promise<ToolAnswer>;
  /** `client`: name and version as the client gave them. */
  onInitialized: (client: { name: string; version: string } | undefined) => void;
  onError: (message: string) => void;
}

export interface McpServer {
  notify: (notification: ChannelNotification) => void;
  /** Resolves when the client closed its side, or `close` was called. */
  readonly closed: Promise<void>;
  close: () => Promise<void>;
}

type RequestId = string | number;
type Handover = NonNullable<ToolAnswer["handover"]>;

/** Starts serving at once; throws nothing afterwards. */
export async function startMcpServer(options: McpServerOptions): Promise<McpServer> {
  const { stdout, onError } = options;
  const server = new Server(
    { name: "parlatory", version: options.version },
    { capabilities: { tools: {}, experimental: { "claude/channel": {} } }, instructions: options.instructions },
  );
  const handovers = new Map<RequestId, Handover>();

  server.setRequestHandler("tools/list", () => ({ tools: [...toolDefinitions] }));
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }): Promise<CallToolResult> => {
    const { text, structured, isError, handover } = await options.callTool(params.name, params.arguments);
    if (handover !== undefined) {
      // Nobody waits for the result any more, so it will not be written.
      if (mcpReq.signal.aborted) handover.release();
      else handovers.set(mcpReq.id, handover);
    }
    return {
      content: [{ type: "text", text }],
      ...(structured === undefined ? {} : { structuredContent: structured }),
      ...(isError === true ? { isError: true } : {}),
    };
  });
  server.setNotificationHandler("notifications/initialized", () => options.onInitialized(server.getClientVersion()));
  server.onerror = (error) => onError(error.message);

  const transport = new StdioServerTransport(options.stdin, stdout);
  const write = transport.send.bind(transport);
  transport.send = async (message) => {
    const id = responseId(message);
    const handover = id === undefined ? undefined : handovers.get(id);
    if (id !== undefined) handovers.delete(id);
    try {
      await write(message);
      if (handover === undefined) return;
      await flushed(stdout);
      handover.confirm();
    } catch (cause) {
      handover?.release({ possiblySeen: true });
      throw cause;
    }
  };
  const closed = new Promise<void>((resolve) => {
    server.onclose = () => {
      for (const handover of handovers.values()) handover.release();
      resolve();
    };
  });
  await server.connect(transport);

  return {
    notify: (notification) => {
      server.notification(notification).catch((cause: Error) => onError(cause.message));
    },
    closed,
    close: () => server.close(),
  };
}

function responseId(message: JSONRPCMessage): RequestId | undefined {
  return "result" in message || "error" in message ? (message.id ?? undefined) : undefined;
}

/** Resolves when everything written before has left this process. */
function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write("", (failure) => (failure === null || failure === undefined ? resolve() : reject(failure)));
  });
}
