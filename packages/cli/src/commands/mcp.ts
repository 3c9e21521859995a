import type { StopReason } from "../harness/context.ts";
import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["mcp"],
  group: "Mesh",
  summary: "serve the mesh to an agent as MCP tools on stdin and stdout",
  positionals: [],
  options: [],
  payload: [],
  errorKinds: [],
  examples: ["parl mcp", "claude mcp add parlatory -- parl mcp"],
  resultExitCodes: [0, 130],
  stdout: "own",
  interrupt: "own",
  run: async (context) => {
    const [{ runMcp }, { loadMcpConfig }] = await Promise.all([
      import("../mcp/run-mcp.ts"),
      import("../mcp/load-mcp-config.ts"),
    ]);
    await runMcp(context, () => loadMcpConfig(context.home));
    const reason = context.signal.reason as StopReason | undefined;
    return answer({}, () => "", reason?.cause === "interrupt" ? { exitCode: 130 } : {});
  },
});
