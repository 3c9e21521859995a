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
    const { runMcp } = await import("../mcp/run-mcp.ts");
    await runMcp(context);
    const reason = context.signal.reason as StopReason | undefined;
    return answer({}, () => "", reason?.cause === "interrupt" ? { exitCode: 130 } : {});
  },
});
