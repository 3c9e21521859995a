import { answer, type CommandResult } from "../harness/command.ts";
import { filesystemError } from "../harness/error.ts";
import { bootstrapStages } from "./stages.ts";
import type { CommandContext } from "../harness/context.ts";

const note = "The stages always run in this order; how long each takes is measured only with --measure.";

/** `parl bootstrap-graph` [CMD-bootstrap-graph-1..3]. */
export async function performBootstrapGraph(
  context: CommandContext,
  { measure }: { readonly measure: boolean },
): Promise<CommandResult> {
  const payload = {
    stages: bootstrapStages,
    note,
    ...(measure ? { stage_times: await measureStages(context) } : {}),
  };
  return answer(payload, ({ stages, stage_times: times }) => [
    "# Bootstrap Graph",
    "",
    ...(times === undefined ? stages.map((name) => `- ${name}`) : times.map(({ name, ms }) => `- ${name} (${ms} ms)`)),
  ]);
}

export interface StageTime {
  readonly name: string;
  /** With at most three decimals. */
  readonly ms: number;
}

/** The stages of this very process as far as it has come, and of one run of bootstrap in it, with echo. */
async function measureStages(context: CommandContext): Promise<StageTime[]> {
  const [{ performBootstrap }, { failureOf }] = await Promise.all([
    import("./perform-bootstrap.ts"),
    import("./answer-run.ts"),
  ]);
  const directory = makeStore(context);
  const args = {
    prompt: "hello",
    limit: 5,
    agent: "echo",
    workingDirectory: undefined,
    permissionMode: undefined,
    model: undefined,
    maxBudgetTokens: undefined,
    timeoutSeconds: undefined,
    graceMs: 0,
    directory,
    sessionId: undefined,
    lockTimeoutMs: 2000,
    inventory: undefined,
    allowTool: [],
    stream: false,
  };
  try {
    await performBootstrap(context, args, { asText: false });
  } catch (thrown) {
    // What there is of that run is not this command's answer.
    throw await failureOf(thrown, { payload: {}, text: undefined });
  }
  const { clock } = context.env;
  const isTimeFixed = clock !== undefined && clock !== "";
  return context.stages.map(({ name, endMs }, index) => {
    const startMs = context.stages[index - 1]?.endMs ?? 0;
    return { name, ms: isTimeFixed ? 0 : Math.round((endMs - startMs) * 1000) / 1000 };
  });
}

/** A directory that is gone when the process is. */
function makeStore(context: CommandContext): string {
  const fs = process.getBuiltinModule("node:fs");
  const path = process.getBuiltinModule("node:path");
  const parent = process.getBuiltinModule("node:os").tmpdir();
  try {
    const directory = fs.mkdtempSync(path.join(parent, "parl-measure-"));
    context.afterAnswer(() => {
      fs.rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    });
    return directory;
  } catch (cause) {
    throw filesystemError(cause, { target: parent, operation: "mkdir" });
  }
}
