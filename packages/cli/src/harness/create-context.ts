import type { CommandContext, ReadStdinOptions, StageMark, StreamEvent, TextOutput } from "./context.ts";
import type { Determinism } from "./determinism.ts";
import type { OutputFormat } from "./format.ts";
import type { CliHost } from "./host.ts";
import type { Interruption } from "./interruption.ts";
import type { CommandReference } from "./reference.ts";
import type { Report } from "./report.ts";
import { createStyle, type Style } from "../output/style.ts";

export interface ContextParts {
  readonly host: CliHost;
  readonly format: OutputFormat;
  readonly colours: boolean;
  readonly determinism: Determinism;
  readonly report: Report;
  readonly reference: () => Promise<CommandReference>;
  readonly interruption: Interruption;
  /** Handles one event of a stream in the format of this run. */
  readonly emit: (event: StreamEvent, text: ((event: StreamEvent) => TextOutput) | undefined) => Promise<void>;
  readonly rawText: boolean;
  readonly stages: StageMark[];
  readonly afterAnswer: (task: () => Promise<void>) => void;
  /** Called when the command takes stdout over; throws when it may not. */
  readonly takeStdout: () => void;
  /** Appends a line to the log without failing. */
  readonly log: (line: string) => void;
}

/** What a command gets to see; see `CommandContext` for the meaning of each part. */
export function createContext(parts: ContextParts): CommandContext {
  const { host, report, determinism, format, interruption } = parts;
  const { isTerminal } = host;
  const style: Style = createStyle(parts.colours);
  return {
    env: host.environment,
    childEnvironment: () => host.childEnvironment(),
    get home() {
      return host.home;
    },
    get userHome() {
      return host.userHome;
    },
    get workingDirectory() {
      return host.workingDirectory;
    },
    program: host.program,
    pid: host.pid,
    parentPid: host.parentPid,
    get product() {
      return host.product();
    },
    reference: parts.reference,
    format,
    isTerminal,
    get canAsk() {
      return format === "text" && isTerminal.stdin && isTerminal.stdout;
    },
    style,
    now: determinism.now,
    monotonicMs: () => host.monotonicMs(),
    durationMs: determinism.durationMs,
    newId: determinism.newId,
    randomBytes: (size) => host.randomBytes(size),
    stages: parts.stages,
    get signal() {
      return interruption.signal;
    },
    get secondSignal() {
      return interruption.secondSignal;
    },
    onSignal: (listener) => host.onInterrupt(listener),
    readStdin: async (options: ReadStdinOptions = {}) => {
      const { readStreamText } = await import("./stdin-text.ts");
      return readStreamText(host.stdin(), options, interruption.signal);
    },
    readStdinLines: async function* () {
      const { readStreamLines } = await import("./stdin-lines.ts");
      yield* readStreamLines(host.stdin(), interruption.signal);
    },
    warn: (code, message) => report.warn(code, message),
    emit: (event, text) => parts.emit(event, text as ((event: StreamEvent) => TextOutput) | undefined),
    writeText: (text) => report.text(text, parts.rawText),
    writeErrorText: (text) => report.errorText(text, parts.rawText),
    afterAnswer: parts.afterAnswer,
    note: (line) => report.note(line),
    log: parts.log,
    takeStdout: () => {
      parts.takeStdout();
      return { stdin: host.stdin(), stdout: host.stdoutStream(), stderr: host.stderrStream() };
    },
    get terminal() {
      return { input: host.stdin(), output: host.stdoutStream() };
    },
  };
}
