import { expect, test } from "vitest";
import { refuseTool, routingDenials } from "../../src/inventory/gated-tools.ts";
import type { RowHandler, ToolKind, ToolRow } from "../../src/inventory/inventory.ts";

const tool = (name: string, kind: ToolKind, handler: RowHandler | undefined): ToolRow => ({
  name,
  kind,
  handler,
  sourceHint: "x",
  responsibility: "r",
});
const shell = tool("BashTool", "shell", { type: "shell" });
const server = tool("MCPTool:gh", "mcp", { type: "mcp", server: "gh" });
const anyServer = tool("MCPTool", "mcp", { type: "mcp", server: undefined });
const mesh = tool("send_message", "mesh", { type: "mesh", tool: "send_message" });
const mirrored = tool("BashTool", "tool", undefined);

test("[ROW-9] shell-class and external-class tools are refused, with how to allow them; others are not", () => {
  expect(refuseTool(shell, [])).toEqual({
    toolName: "BashTool",
    reason: "shell execution is gated; allow it with --allow-tool BashTool",
  });
  expect(refuseTool(server, [])).toEqual({
    toolName: "MCPTool:gh",
    reason: "calling an MCP server is gated; allow it with --allow-tool MCPTool:gh",
  });
  expect(refuseTool(anyServer, [])?.toolName).toBe("MCPTool");
  expect([refuseTool(mesh, []), refuseTool(mirrored, [])]).toEqual([undefined, undefined]);
});

test("[ROW-9] a tool is allowed by its exact name in any case, and allows no other", () => {
  expect(refuseTool(shell, ["other", "bashtool"])).toBeUndefined();
  expect(refuseTool(server, ["MCPTOOL:GH"])).toBeUndefined();
  for (const allowed of ["MCPTool", "MCPTool:", "gh", "", "*", "MCPTool:gh2"]) {
    expect(refuseTool(server, [allowed])).toBeDefined();
  }
});

test("[TURN-11] routed tools with bash in their name and those of the shell class are denied, mirrored ones too", () => {
  const named = tool("my-BASH-thing", "tool", undefined);
  const renamed = tool("shell:BatchTool", "shell", { type: "shell" });

  expect(routingDenials([shell, server, named, mesh, renamed, mirrored], []).map(({ toolName }) => toolName)).toEqual([
    ...["BashTool", "my-BASH-thing", "shell:BatchTool", "BashTool"],
  ]);
  expect(routingDenials([mirrored], [])).toEqual([
    { toolName: "BashTool", reason: "shell execution is gated; allow it with --allow-tool BashTool" },
  ]);
});

test("[TURN-2] [TURN-11] an allowed tool gives no denial", () => {
  expect(routingDenials([mirrored, tool("bash2", "tool", undefined)], ["BASHTOOL"])).toMatchObject([
    { toolName: "bash2" },
  ]);
});
