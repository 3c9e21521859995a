/**
 * One run of `parl`, from arguments to exit code: the single place where a command is started, interrupted, abandoned or
 * found broken. It must not know what any command does, nor touch a global: the outside world is the host.
 *
 * States of a run: reading the command line → running → settled | abandoned (signal) | broken (defect) → reported → drained.
 *
 * What every run needs is imported here; what only failures, streams or help need is imported where it is used, because
 * start-up time is part of the contract [HPERF-3].
 */
import { createDeterminism } from "./determinism.ts";
import { readInvocation, type Invocation } from "./invocation.ts";
import { Interruption } from "./interruption.ts";
import { Report } from "./report.ts";
import { runCommand } from "./run-command.ts";
import type { LogEntry } from "./cli-log.ts";
import type { CliHost, CliOutcome } from "./host.ts";
import type { RunScope } from "./run-scope.ts";
import type { CommandTable } from "./table.ts";
import { DrainedWriter } from "../output/drained-writer.ts";
import { wantsColour } from "../output/style.ts";

/** Runs the command the host's arguments name. Never rejects; resolves after all output has left the process [ENV-10]. */
export async function runCli(host: CliHost, table: CommandTable): Promise<CliOutcome> {
  const startedMs = host.monotonicMs();
  const invocation = readInvocation(table, {
    argv: host.argv,
    formatVariable: host.environment.outputFormat,
    atTerminal: () => host.isTerminal.stdin && host.isTerminal.stdout,
  });
  const { scope, close } = openScope(host, table, invocation);
  scope.stages.push({ name: "runtime-start", endMs: startedMs });
  scope.stages.push({ name: "format-scan", endMs: host.monotonicMs() });
  let outcome: CliOutcome;
  try {
    outcome = await perform(scope, invocation);
  } catch (thrown) {
    outcome = { exitCode: await reportDefect(scope, invocation, thrown) };
  }
  await close();
  // Nobody read the answer: whatever it was, the caller did not get it.
  return scope.stdout.closed ? { exitCode: 1 } : outcome;
}

async function perform(scope: RunScope, { format, task }: Invocation): Promise<CliOutcome> {
  if (task.type === "run") return runCommand(scope, { format, route: task.route, tokens: task.tokens });
  const { mistakeError } = await import("./usage.ts");
  const definition = (await task.route?.load?.())?.command;
  const error = mistakeError(task.mistake);
  return { exitCode: await scope.report.failure(error, { words: task.route?.words ?? [], definition }) };
}

async function reportDefect(scope: RunScope, { task }: Invocation, thrown: unknown): Promise<number> {
  try {
    const subject = { words: task.route?.words ?? [], definition: undefined };
    return await scope.report.failure(await scope.toInternalError(thrown), subject, { checked: false });
  } catch {
    return 1;
  }
}

/** `close` ends every subscription and resolves when all output and log lines are written. */
function openScope(
  host: CliHost,
  table: CommandTable,
  { format, command }: Invocation,
): { scope: RunScope; close: () => Promise<void> } {
  const { environment, isTerminal } = host;
  const determinism = createDeterminism(host, environment);
  const stdout = new DrainedWriter(host.stdout);
  const stderr = new DrainedWriter(host.stderr);
  const interruption = new Interruption(host);
  stdout.onClosed(() => interruption.handleClosedStdout());
  const colours =
    format === "text" &&
    wantsColour({ isTerminal: isTerminal.stdout, noColor: environment.noColor, term: environment.term });
  const report = new Report({
    format,
    command,
    stdout,
    stderr,
    stderrIsTerminal: () => isTerminal.stderr,
    colours,
    determinism,
    validate:
      environment.validate === "1"
        ? async (envelope, definition) =>
            (await import("./validate-envelope.ts")).assertValidEnvelope(envelope, definition)
        : undefined,
  });

  const logWrites: Promise<void>[] = [];
  const log = (entry: Pick<LogEntry, "level" | "msg" | "incident">): void => {
    const whole = { at: host.systemTime(), pid: host.pid, ...entry };
    logWrites.push(import("./cli-log.ts").then(({ appendLog }) => appendLog(host.home, whole)));
  };
  const toInternalError: RunScope["toInternalError"] = async (thrown) => {
    const { describeThrown, internalError } = await import("./error-report.ts");
    const incident = determinism.newId();
    log({ level: "error", msg: describeThrown(thrown), incident });
    return internalError(incident, thrown);
  };
  let unsubscribe = (): void => {};
  const defect = new Promise<unknown>((settle) => {
    unsubscribe = host.onDefect(settle);
  });
  const scope: RunScope = {
    host,
    table,
    colours,
    determinism,
    stdout,
    interruption,
    report,
    stages: [],
    defect,
    log: (msg) => log({ level: "info", msg }),
    toInternalError,
  };
  return {
    scope,
    close: async () => {
      interruption.close();
      await Promise.all([stdout.drain(), stderr.drain(), ...logWrites]);
      unsubscribe();
    },
  };
}
