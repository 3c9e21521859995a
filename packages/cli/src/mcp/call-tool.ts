import { ToolArguments } from "./tool-arguments.ts";
import type { ToolAnswer, ToolScope } from "./tool-call.ts";
import { toToolError } from "./tool-failure.ts";

/** Runs one tool; every failure becomes an answer with code and next step ([MCP-4]). */
export async function callTool(
  name: string,
  args: Readonly<Record<string, unknown>> | undefined,
  scope: ToolScope,
): Promise<ToolAnswer> {
  // Loaded at the first call: tools bring the client with them, and `initialize` must not wait for it ([MCP-1]).
  const { toolRunners } = await import("./tools/index.ts");
  const run = Object.hasOwn(toolRunners, name) ? toolRunners[name] : undefined;
  if (run === undefined) return { text: `unknown_tool: there is no tool '${name}'`, isError: true };
  try {
    return await run(new ToolArguments(args), scope);
  } catch (thrown) {
    const { code, message, nextStep } = toToolError(thrown);
    return { text: `${code}: ${message}\nNext step: ${nextStep}.`, isError: true };
  }
}
