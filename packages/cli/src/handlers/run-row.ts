/**
 * The one way a row is run: what its handler needs is prepared, then started under the limit of the run, and its output is
 * kept. It must not know commands, envelopes or permissions: whoever calls it has asked for them.
 */
import { join } from "node:path";
import type { CommandContext } from "../harness/context.ts";
import type { InventoryRow, RowHandler } from "../inventory/inventory.ts";
import type { Execution, PreparedRun } from "./execution.ts";
import { OutputCapture } from "./output-capture.ts";
import { startRunLimit } from "./run-limit.ts";
import type { ProgramPlan } from "./run-program.ts";
import type { McpToolCall } from "./tool-payload.ts";

export interface RunnableRow extends Pick<InventoryRow, "name"> {
  readonly handler: RowHandler;
}

export interface RunLimits {
  /** Zero or less: nothing is started. */
  readonly timeoutSeconds: number;
  /** Absolute. Where the row runs, and whose `.mcp.json` counts. */
  readonly workingDirectory: string;
}

type Input = Pick<RunLimits, "workingDirectory"> & { readonly row: RunnableRow; readonly text: string };

/**
 * Runs `row` with `text`, the prompt of a command or the payload of a tool, until it ends, its limit is reached or
 * `context.signal` fires; then its whole process tree is ended [CMD-exec-command-6]. What goes wrong after the start is in
 * `ending`. Errors: `invalid_payload`.
 */
export async function runRow(
  context: CommandContext,
  row: RunnableRow,
  text: string,
  { timeoutSeconds, workingDirectory }: RunLimits,
): Promise<Execution> {
  const run = await prepare(context, { row, text, workingDirectory });
  const capture = new OutputCapture();
  const startedAt = context.monotonicMs();
  const limit = startRunLimit(context, timeoutSeconds);
  try {
    const ending =
      limit.cause === undefined ? await run(capture, limit) : ({ type: "stopped", by: limit.cause } as const);
    const { text: output, truncated } = capture.read();
    return { ending, durationMs: context.durationMs(startedAt), output, truncated };
  } finally {
    limit.close();
  }
}

async function prepare(context: CommandContext, input: Input): Promise<PreparedRun> {
  const { row, text: prompt, workingDirectory } = input;
  const { handler } = row;
  switch (handler.type) {
    case "parl": {
      const { parlProgram } = await import("./parl-program.ts");
      return preparedProgram(context, parlProgram(context, handler.words, { prompt, workingDirectory }));
    }
    case "project": {
      const { projectProgram } = await import("./project-program.ts");
      return preparedProgram(context, projectProgram(context, handler, { prompt, workingDirectory }));
    }
    case "shell": {
      const { parseShellPayload } = await import("./tool-payload.ts");
      return preparedProgram(context, {
        program: "/bin/sh",
        arguments: ["-c", "--", parseShellPayload(row.name, prompt)],
        workingDirectory,
        environment: context.childEnvironment(),
      });
    }
    case "mcp":
      return prepareMcpCall(context, input, handler.server);
    case "mesh":
      return prepareMeshCall(context, input, handler.tool);
  }
}

async function preparedProgram(context: CommandContext, plan: ProgramPlan): Promise<PreparedRun> {
  const { runProgram } = await import("./run-program.ts");
  return (capture, limit) => runProgram(context, plan, { capture, limit });
}

async function prepareMcpCall(
  context: CommandContext,
  { row, text, workingDirectory }: Input,
  server: string | undefined,
): Promise<PreparedRun> {
  const [{ invalidPayload, parseMcpPayload }, { readMcpEntry }] = await Promise.all([
    import("./tool-payload.ts"),
    import("./mcp-entry.ts"),
  ]);
  const call = parseMcpPayload(row.name, text, server);
  // The file refers to variables of the environment its server gets, and to no others.
  const environment = context.childEnvironment();
  const found = readMcpEntry(join(workingDirectory, ".mcp.json"), call.server, environment);
  if (!found.ok) {
    if (found.isUnknown && server === undefined) {
      throw invalidPayload(row.name, "a `server` of the project's .mcp.json", found.reason);
    }
    return failedCall(call, found.reason);
  }
  const { callMcpTool } = await import("./call-mcp-tool.ts");
  const plan = { entry: found.entry, call, workingDirectory, environment };
  return (capture, limit) => callMcpTool(context, plan, { capture, limit });
}

/** A server that cannot even be looked for has failed like one that does not start. */
function failedCall({ server }: McpToolCall, reason: string): PreparedRun {
  return (capture) => {
    capture.push(Buffer.from(reason));
    return Promise.resolve({ type: "mcp_failed", server, reason });
  };
}

async function prepareMeshCall(
  context: CommandContext,
  { row, text, workingDirectory }: Input,
  tool: string,
): Promise<PreparedRun> {
  const [{ parseObjectPayload }, { meshToolServer }] = await Promise.all([
    import("./tool-payload.ts"),
    import("./mesh-tool.ts"),
  ]);
  const call = { server: "parlatory", tool, arguments: parseObjectPayload(row.name, text) };
  const { entry, environment } = meshToolServer(context);
  const { callMcpTool } = await import("./call-mcp-tool.ts");
  return (capture, limit) => callMcpTool(context, { entry, call, workingDirectory, environment }, { capture, limit });
}
