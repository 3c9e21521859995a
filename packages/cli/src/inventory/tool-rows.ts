/** The rows T1 to T3: the shell, the MCP servers of the project, the product's own MCP tools [ROW-1]. */
import { toolDefinitions } from "../mcp/tool-definitions.ts";
import type { ToolRow } from "./inventory.ts";
import { expectObject, parseJsonObject, readSource } from "./read-source.ts";
import type { RowCollector } from "./row-collector.ts";

const path = process.getBuiltinModule("node:path");

const shellRow: ToolRow = {
  name: "BashTool",
  sourceHint: "tools/BashTool/run-command",
  responsibility: "Runs a shell command line",
  kind: "shell",
  handler: { type: "shell" },
};

const anyServerRow: ToolRow = {
  name: "MCPTool",
  sourceHint: "tools/MCPTool/call",
  responsibility: "Calls a tool of an MCP server",
  kind: "mcp",
  handler: { type: "mcp", server: undefined },
};

/** `directory` is absolute; its `.mcp.json` names the servers. */
export function addTools(rows: RowCollector<ToolRow>, directory: string): void {
  rows.add({ tool: "shell", place: "parl" }, () => [shellRow]);
  rows.add({ tool: "mcp", place: "parl" }, () => [anyServerRow]);
  rows.add({ tool: "mcp", place: ".mcp.json" }, () => serverRows(path.join(directory, ".mcp.json")));
  rows.add({ tool: "mesh", place: "parl" }, () => toolDefinitions.map(meshRow));
}

/** Only the names: commands, URLs and keys of an entry are no part of the inventory. */
function serverRows(file: string): ToolRow[] {
  const text = readSource(file);
  if (text === undefined) return [];
  const { mcpServers = {} } = parseJsonObject(text);
  return Object.keys(expectObject(mcpServers, "`mcpServers`")).map((server) => ({
    name: `MCPTool:${server}`,
    sourceHint: `tools/MCPTool/${server}`,
    responsibility: `Calls a tool of the MCP server ${server}`,
    kind: "mcp",
    handler: { type: "mcp", server },
  }));
}

function meshRow({ name, description = "" }: (typeof toolDefinitions)[number]): ToolRow {
  return {
    name,
    sourceHint: `tools/mesh/${name}`,
    responsibility: description,
    kind: "mesh",
    handler: { type: "mesh", tool: name },
  };
}
