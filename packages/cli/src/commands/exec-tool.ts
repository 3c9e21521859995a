import { defineCommand } from "../harness/command.ts";
import {
  executionBranches,
  executionPayload,
  runDirectoryOption,
  runTimeoutOption,
} from "../handlers/execution-fields.ts";
import { allowToolOption, inventoryOption } from "../inventory/command-options.ts";

export const command = defineCommand({
  path: ["exec-tool"],
  group: "Harness",
  summary: "run a tool of the inventory with a payload",
  positionals: [
    { name: "name", description: "name of the tool, in any case; `parl tools` lists them" },
    { name: "payload", stdin: true, description: "given to the tool; `-` reads it from stdin" },
  ],
  options: [runTimeoutOption, runDirectoryOption, inventoryOption, allowToolOption],
  payload: executionPayload("tool", "payload"),
  branches: executionBranches("tool", "payload"),
  errorKinds: [
    "tool_not_found",
    "permission_denied",
    "invalid_payload",
    "invalid_input",
    "invalid_inventory",
    "invalid_working_directory",
    "execution_failed",
    "execution_timeout",
    "mcp_failed",
  ],
  examples: [
    "parl exec-tool list_peers '{}' --json",
    "parl exec-tool BashTool 'git status' --allow-tool BashTool",
    `parl exec-tool MCPTool '{"server": "docs", "tool": "search", "arguments": {"query": "limits"}}' --allow-tool MCPTool`,
  ],
  notes: [
    'BashTool takes {"command": "…"} or a plain line; MCPTool {"server", "tool", "arguments"}; MCPTool:SERVER the last two.',
    "Tools of the mesh take a JSON object. A mirrored row runs nothing.",
  ],
  stdout: "envelope",
  interrupt: "own",
  run: async (context, { name, payload, ...options }) => {
    const { executeNamedRow } = await import("../handlers/execute-named-row.ts");
    return executeNamedRow(context, { kind: "tool", name, text: payload, ...options });
  },
});
