import type { CommandContext } from "../harness/context.ts";
import type { McpEntry } from "./mcp-entry.ts";

/**
 * The product's own MCP server, which has the mesh tools: `parl mcp`, as an agent starts it. It joins the mesh as a session
 * of its own: as the session of an agent that runs this command it would take that agent's place in the mesh, and with a way
 * to push it would take the agent's mail.
 */
export function meshToolServer(context: Pick<CommandContext, "program" | "childEnvironment">): {
  readonly entry: McpEntry;
  readonly environment: Readonly<Record<string, string>>;
} {
  const { runtime, runtimeArguments, entry } = context.program;
  const {
    CLAUDE_CODE_SESSION_ID: _session,
    CLAUDE_CODE_MESSAGING_SOCKET: _socket,
    CLAUDE_CODE_MESSAGING_TOKEN: _token,
    PARL_HOOK_TOKEN: _hook,
    PARL_OUTPUT_FORMAT: _format,
    ...environment
  } = context.childEnvironment();
  return {
    entry: { type: "stdio", command: runtime, arguments: [...runtimeArguments, entry, "mcp"], environment: {} },
    environment: { ...environment, PARL_MESSAGE_MODE: "off" },
  };
}
