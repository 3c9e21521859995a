/** Which tools are refused unless the caller allows them by name; both rules inform, neither runs anything. */
import type { PermissionDenial } from "@parlatory/agents";
import type { ToolRow } from "./inventory.ts";

function isAllowed({ name }: ToolRow, allowedTools: readonly string[]): boolean {
  const wanted = name.toLowerCase();
  return allowedTools.some((allowed) => allowed.toLowerCase() === wanted);
}

const shellReason = (name: string): string => `shell execution is gated; allow it with --allow-tool ${name}`;
const externalReason = (name: string): string => `calling an MCP server is gated; allow it with --allow-tool ${name}`;

/**
 * Why exec-tool may not run this row, or undefined when it may: shell-class and external-class tools need their exact
 * name, in any case, among `allowedTools` (`--allow-tool`). A mirrored row runs nothing and is never refused [ROW-9].
 */
export function refuseTool(row: ToolRow, allowedTools: readonly string[]): PermissionDenial | undefined {
  const type = row.handler?.type;
  if ((type !== "shell" && type !== "mcp") || isAllowed(row, allowedTools)) return undefined;
  return { toolName: row.name, reason: type === "shell" ? shellReason(row.name) : externalReason(row.name) };
}

/**
 * The denials echo reports for routed tools [TURN-11]: those whose name contains `bash` in any case and those of the
 * shell class, one for each row, mirrored rows too. They inform only; the tools stay matched.
 */
export function routingDenials(tools: readonly ToolRow[], allowedTools: readonly string[]): PermissionDenial[] {
  return tools
    .filter((row) => row.kind === "shell" || row.name.toLowerCase().includes("bash"))
    .filter((row) => !isAllowed(row, allowedTools))
    .map(({ name }) => ({ toolName: name, reason: shellReason(name) }));
}
