/** Loads, parses, runs and reports one command; see the states in `run.ts`. */
import { parseArguments, toCamelCase, type ParsedArguments } from "./arguments.ts";
import { createContext } from "./create-context.ts";
import type { EventStream } from "./event-stream.ts";
import type { AnyCommandDefinition, CommandResult } from "./command.ts";
import type { CommandContext } from "./context.ts";
import type { CommandError } from "./error.ts";
import type { FailedSettlement } from "./error-report.ts";
import type { OutputFormat } from "./format.ts";
import type { CliOutcome } from "./host.ts";
import type { ReportSubject } from "./report.ts";
import type { RunScope } from "./run-scope.ts";
import type { CommandRoute } from "./table.ts";

/** How long a command that does not watch its signal may still run; see `interrupt` of the definition. */
const graceMs = { interrupt: 100, stdout_closed: 5000 } as const;

const stdinGraceMs = 100;

/** Taken out before parsing, but worth proposing for a mistyped option. */
const sharedOptions = ["output-format", "json", "help"];
const productExitCodes: readonly number[] = [0, 1, 2, 130];

export interface CommandCall {
  readonly format: OutputFormat;
  readonly route: CommandRoute;
  readonly tokens: readonly string[];
}

export async function runCommand(scope: RunScope, call: CommandCall): Promise<CliOutcome> {
  if (call.route.load === undefined) throw new Error(`'${call.route.words.join(" ")}' has no command of its own`);
  const { command: definition } = await call.route.load();
  const parsed = parseArguments(definition, call.tokens);
  scope.stages.push({ name: "argument-parse", endMs: scope.host.monotonicMs() });
  const stream = isStreaming(definition, parsed) ? await openStream(scope, call, definition) : undefined;
  return new CommandRun(scope, { call, definition, parsed, stream }).start();
}

function isStreaming({ stdout, streamOption }: AnyCommandDefinition, parsed: ParsedArguments): boolean {
  if (stdout !== "stream") return false;
  return streamOption === undefined || parsed.values[toCamelCase(streamOption.name)] === true;
}

async function openStream(scope: RunScope, call: CommandCall, definition: AnyCommandDefinition): Promise<EventStream> {
  const { EventStream } = await import("./event-stream.ts");
  return new EventStream({
    heartbeatMs: call.format === "json" ? scope.host.heartbeatMs : undefined,
    write: (event, position, text) => scope.report.event(event, position, definition, text),
  });
}

type Settlement = { readonly type: "result"; readonly result: CommandResult } | FailedSettlement;

/** Runs until the command settles, a defect escapes somewhere, or it was told to stop and did not. */
async function settle(
  scope: RunScope,
  definition: AnyCommandDefinition,
  run: () => Promise<CommandResult>,
): Promise<Settlement> {
  const contenders: Promise<Settlement>[] = [
    run().then(
      (result) => ({ type: "result", result }),
      (thrown: unknown) => ({ type: "thrown", thrown }),
    ),
    scope.defect.then((thrown) => ({ type: "defect", thrown })),
  ];
  if (definition.interrupt !== "own") {
    contenders.push(scope.interruption.outOfPatience(graceMs).then((reason) => ({ type: "abandoned", reason })));
  }
  return Promise.race(contenders);
}

interface CommandRunParts {
  readonly call: CommandCall;
  readonly definition: AnyCommandDefinition;
  readonly parsed: ParsedArguments;
  /** Undefined for a run that answers with one envelope. */
  readonly stream: EventStream | undefined;
}

class CommandRun {
  readonly #scope: RunScope;
  readonly #call: CommandCall;
  readonly #name: string;
  readonly #definition: AnyCommandDefinition;
  readonly #parsed: ParsedArguments;
  readonly #stream: EventStream | undefined;
  readonly #afterAnswer: (() => Promise<void>)[] = [];
  #stdoutTaken = false;

  constructor(scope: RunScope, { call, definition, parsed, stream }: CommandRunParts) {
    this.#scope = scope;
    this.#call = call;
    this.#name = call.route.words.join(" ");
    this.#definition = definition;
    this.#parsed = parsed;
    this.#stream = stream;
  }

  async start(): Promise<CliOutcome> {
    const scope = this.#scope;
    const { report } = scope;
    const mistake = await this.#findMistake();
    if (mistake !== undefined) return { exitCode: await report.failure(mistake, this.#subject("error")) };
    for (const { code, message } of this.#parsed.warnings) report.warn(code, message);
    const context = this.#createContext();
    const settlement = await settle(scope, this.#definition, async () => {
      await this.#readPrompt(context);
      return this.#definition.run(context, this.#parsed.values as never);
    });
    try {
      if (settlement.type === "result") return await this.#reportResult(settlement.result);
      return { exitCode: await this.#reportFailure(context, settlement) };
    } catch (thrown) {
      // The answer itself could not be made; a stream still gets its last line.
      const error = await scope.toInternalError(thrown);
      return { exitCode: await report.failure(error, this.#subject("error"), { checked: false }) };
    } finally {
      for (const task of this.#afterAnswer.splice(0)) await task().catch(scope.toInternalError);
    }
  }

  async #findMistake(): Promise<CommandError | undefined> {
    const problems = [...this.#parsed.problems];
    const { streamOption, path } = this.#definition;
    if (streamOption?.jsonOnly === true && this.#call.format === "text" && this.#stream !== undefined) {
      problems.push(`argument --${streamOption.name}: only possible with --output-format json`);
    }
    const { problem } = this.#scope.determinism;
    if (problem !== undefined && path[0] !== "help" && path[0] !== "version") problems.push(problem);
    if (problems.length === 0) return undefined;
    const [{ nearestNames }, { usageError }] = await Promise.all([import("./nearest.ts"), import("./usage.ts")]);
    const names = [...this.#definition.options.map(({ name }) => name), ...sharedOptions];
    const near = [...new Set(this.#parsed.unknownFlags.flatMap((flag) => nearestNames(flag, names)))];
    const hint = `did you mean ${near.map((name) => `\`--${name}\``).join(", ")}? Run \`parl ${this.#name} --help\``;
    return usageError(problems.join("; "), near.length === 0 ? {} : { hint });
  }

  #createContext(): CommandContext {
    const { host, colours, determinism, report, table, interruption, stages, log } = this.#scope;
    return createContext({
      host,
      format: this.#call.format,
      colours,
      determinism,
      report,
      reference: async () => (await import("./create-reference.ts")).createReference(table),
      interruption,
      rawText: this.#definition.rawText === true,
      stages,
      afterAnswer: (task) => void this.#afterAnswer.push(task),
      emit: async (event, text) => {
        if (this.#stream === undefined) {
          throw new Error(`'${this.#name}' is not streaming and cannot emit '${event.type}'`);
        }
        await this.#stream.emit(event, text);
      },
      takeStdout: () => {
        if (this.#definition.stdout !== "own") throw new Error(`'${this.#name}' does not own stdout`);
        this.#stdoutTaken = true;
        // A reader that goes away stops the command; its status is the command's own affair then.
        host.stdoutStream().on("error", () => interruption.handleClosedStdout());
      },
      log,
    });
  }

  /** Replaces the positional `-` by what stdin holds [ARG-4]. */
  async #readPrompt(context: CommandContext): Promise<void> {
    const { stdinKey, values } = this.#parsed;
    if (stdinKey === undefined) return;
    const { withoutFinalLineBreak } = await import("./stdin-text.ts");
    values[stdinKey] = undefined;
    const timeoutMs = this.#stdinTimeoutMs(stdinKey);
    values[stdinKey] = withoutFinalLineBreak(await context.readStdin(timeoutMs === undefined ? {} : { timeoutMs }));
  }

  #stdinTimeoutMs(stdinKey: string): number | undefined {
    const spec = this.#definition.positionals.find(({ name }) => toCamelCase(name) === stdinKey);
    const seconds = spec?.stdinLimit === undefined ? undefined : this.#parsed.values[toCamelCase(spec.stdinLimit)];
    if (typeof seconds !== "number") return undefined;
    // A little more than the limit, so that even with none what is there already is read; no more than a timer can take.
    return Math.min(Math.max(0, seconds * 1000) + stdinGraceMs, 2 ** 31 - 1);
  }

  async #reportResult(result: CommandResult): Promise<CliOutcome> {
    const { report, interruption } = this.#scope;
    const { stdout, passesStatus } = this.#definition;
    const { exitCode = 0 } = result;
    const { reason } = interruption;
    if (this.#stream !== undefined && reason?.cause === "interrupt" && result.exitCode === undefined) {
      const { interruptedError } = await import("./error-report.ts");
      return {
        exitCode: await report.failure(interruptedError(reason.signal, result.payload), this.#subject("error")),
      };
    }
    if (passesStatus !== true && !productExitCodes.includes(exitCode)) {
      throw new Error(`'${this.#name}' ended with the status ${exitCode}, which [EXIT-1] does not know`);
    }
    if (stdout === "own" && (this.#stdoutTaken || this.#call.format === "json")) {
      return { exitCode, endBySignal: result.endBySignal };
    }
    return { exitCode: await report.result(result, this.#subject("result")) };
  }

  async #reportFailure(context: CommandContext, settlement: FailedSettlement): Promise<number> {
    const { errorExitCode, toReportedError } = await import("./error-report.ts");
    const error = await toReportedError(this.#scope, this.#definition, settlement);
    if (!this.#stdoutTaken) return this.#scope.report.failure(error, this.#subject("error"));
    // Stdout is another protocol's now: no envelope may appear in it [ENV-1].
    context.log(`${this.#name} failed: ${error.message}`);
    context.note(`parl: ${error.message}`);
    return errorExitCode(error, this.#call.format);
  }

  #subject(type: "result" | "error"): ReportSubject & { readonly definition: AnyCommandDefinition } {
    return {
      words: this.#call.route.words,
      definition: this.#definition,
      position: this.#stream?.end(type),
      inputs: this.#failurePayload(),
    };
  }

  /**
   * Of a failure that the command gives no payload for: the inputs that are keys of it, null where they were not given
   * [ERR-7], and of its `error` branch what can only be one value, null where nothing is known.
   */
  #failurePayload(): Record<string, unknown> {
    const { payload, branches = [] } = this.#definition;
    const known: Record<string, unknown> = {};
    for (const { name, input } of payload) {
      if (input !== undefined) known[name] = this.#parsed.values[toCamelCase(input)] ?? null;
    }
    for (const { name, schema, presence } of branches.find(({ outcome }) => outcome === "error")?.fields ?? []) {
      if (presence === "always" && !(name in known)) known[name] = schema["const"] ?? null;
    }
    return known;
  }
}
