import type { AgentSession, Driver, PermissionMode, ResumePoint } from "@parlatory/agents";
import type { CommandContext } from "../harness/context.ts";
import type { EngineSource } from "./engine.ts";

export interface EngineRequest {
  /** As given: `echo`, `claude` or `acp:COMMAND`. */
  readonly agent: string;
  readonly permissionMode: PermissionMode | undefined;
  readonly model: string | undefined;
}

export interface ChosenEngine {
  /** A coding agent; neither echo nor what replaces it in tests. */
  readonly isAgent: boolean;
  source(place: { readonly workingDirectory: string; readonly resume: ResumePoint | undefined }): EngineSource;
}

/**
 * Finds the driver of an agent and loads it, and nothing of the others. Errors: a usage error for a value of `--agent` that
 * names none.
 */
export async function chooseEngine(context: CommandContext, request: EngineRequest): Promise<ChosenEngine> {
  const isAgent = request.agent !== "echo";
  const driver = await (isAgent ? loadAgentDriver(context, request.agent) : loadEchoDriver(context));
  return {
    isAgent,
    source: ({ workingDirectory, resume }) => ({
      isAgent,
      start: (signal): Promise<AgentSession> =>
        driver.start({
          workingDirectory,
          permissionMode: request.permissionMode ?? "default",
          allowBypass: true, // whoever types a mode here means it
          model: request.model,
          resume,
          signal,
          onEvent: (event) => {
            if (event.type === "diagnostic") context.log(`${request.agent}: ${event.text}`);
          },
        }),
    }),
  };
}

/** echo, or the module that `PARL_TEST_ENGINE` puts in its place [TURN-1]. */
async function loadEchoDriver(context: CommandContext): Promise<Driver> {
  const { testEngine } = context.env;
  if (testEngine === undefined || testEngine === "") {
    const { createEchoDriver } = await import("@parlatory/agents/echo");
    return createEchoDriver();
  }
  const { createWorkerDriver } = await import("@parlatory/agents/worker");
  const path = process.getBuiltinModule("node:path");
  return createWorkerDriver(driverHost(context), { module: path.resolve(context.workingDirectory, testEngine) });
}

async function loadAgentDriver(context: CommandContext, agent: string): Promise<Driver> {
  const { createDriver, parseAgentSelection } = await import("@parlatory/agents");
  const parsed = parseAgentSelection(agent);
  if (!parsed.ok) {
    const { usageError } = await import("../harness/usage.ts");
    throw usageError(`argument --agent: ${parsed.problem}`);
  }
  return createDriver(parsed.selection, driverHost(context));
}

function driverHost(context: CommandContext) {
  return { environment: context.childEnvironment(), randomUuid: () => randomUuid(context) };
}

/** A random UUID (version 4). */
export function randomUuid(context: Pick<CommandContext, "randomBytes">): string {
  const bytes = context.randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
