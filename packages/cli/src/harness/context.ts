import type { Readable, Writable } from "node:stream";
import type { CommandEnvironment } from "./environment.ts";
import type { OutputFormat } from "./format.ts";
import type { CommandReference } from "./reference.ts";
import type { Style } from "../output/style.ts";

/** Text of text mode: one string or its lines; a final LF is added where it is missing, an empty text prints nothing. */
export type TextOutput = string | Iterable<string>;

export interface StreamEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Why `context.signal` fired: the caller's signal, or the reader of stdout went away [ENV-10]. */
export interface StopReason {
  readonly cause: "interrupt" | "stdout_closed";
  readonly signal: "SIGINT" | "SIGTERM" | null;
}

/** A part of the run that is over. */
export interface StageMark {
  readonly name: string;
  /** `monotonicMs()` at its end; it began where the one before ended, the first with the process. */
  readonly endMs: number;
}

export interface Product {
  readonly version: string;
  /** The commit this was built from, or `source` when the sources run directly. */
  readonly build: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
}

export interface ReadStdinOptions {
  /** Default and maximum 16 MiB [ARG-4]. */
  readonly maxBytes?: number;
  /** Gives up waiting after this many ms and returns what came; default: waits for the end. */
  readonly timeoutMs?: number;
  /** Stop reading and return what came, instead of an `invalid_input` error, when more than `maxBytes` come. */
  readonly truncate?: boolean;
}

/**
 * Everything a command may touch of the outside world. A command reads no global: no `process.env`, no `Date.now()`,
 * no `Math.random()`, no `process.on`. Its tests build a context from a fake host and run the real command.
 */
export interface CommandContext {
  readonly env: CommandEnvironment;
  /** A copy of the whole environment for a child process. Never look values up in it. */
  childEnvironment(): Record<string, string>;
  /** `PARL_HOME` (default `~/.parlatory`), absolute. It may not exist yet. */
  readonly home: string;
  readonly userHome: string;
  readonly workingDirectory: string;
  /** How this program was started, for starting it again: `spawn(runtime, [...runtimeArguments, entry, "up"])`. */
  readonly program: { readonly runtime: string; readonly runtimeArguments: readonly string[]; readonly entry: string };
  readonly pid: number;
  readonly parentPid: number;
  readonly product: Product;
  /** What this program says about its own commands, for `help` and `schema`. */
  reference(): Promise<CommandReference>;

  readonly format: OutputFormat;
  readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** True when a question may be asked: text mode, stdin and stdout both a terminal [ARG-4]. */
  readonly canAsk: boolean;
  /** Colours that are the empty string where ANSI is not wanted [CLI-2]. */
  readonly style: Style;

  /** Time of day; fixed by `PARL_CLOCK` [DET-2]. Never use it for deadlines. */
  now(): Date;
  /** Monotonic ms for deadlines and waits; not affected by any override. */
  monotonicMs(): number;
  /** Whole ms since a `monotonicMs()` value, to be *reported*: 0 while `PARL_CLOCK` is set [DET-2]. */
  durationMs(sinceMonotonicMs: number): number;
  /** A new id of 32 lowercase hex digits; predictable under `PARL_SEED_IDS` [DET-2]. Not for secrets. */
  newId(): string;
  /** Secure random bytes for keys, nonces and tokens; no override reaches them. */
  randomBytes(size: number): Uint8Array;

  /** What this run has been through so far, oldest first; the framework records its own part, a command may add to it. */
  readonly stages: StageMark[];

  /** Fires at the first SIGINT or SIGTERM, or when nobody reads stdout any more; `signal.reason` is a {@link StopReason}. */
  readonly signal: AbortSignal;
  /** Fires at the second SIGINT or SIGTERM: the caller no longer wants to wait for a clean end. */
  readonly secondSignal: AbortSignal;
  /** Calls the listener for every SIGINT and SIGTERM until the answer is called: for those who pass them on to a child. */
  onSignal(listener: (signal: "SIGINT" | "SIGTERM") => void): () => void;

  /** Reads stdin to its end as UTF-8. Errors: `invalid_input` when it is not UTF-8 or too long. */
  readStdin(options?: ReadStdinOptions): Promise<string>;
  /**
   * The lines of stdin as they come, without their line ends, until its end or until the command is told to stop. At most
   * 16 MiB a line. Errors: `invalid_input`, also when it is not UTF-8.
   */
  readStdinLines(): AsyncIterable<string>;
  /** Adds `{code, message}` to `warnings`, or prints `warning: MESSAGE` on stderr in text mode [ENV-8]. */
  warn(code: string, message: string): void;
  /** Writes one event of a stream [STR-4]; in text mode prints what `text` renders, else nothing. Await it: that is the back-pressure. */
  emit<E extends StreamEvent>(event: E, text?: (event: E) => TextOutput): Promise<void>;
  /** Prints to stdout at once in text mode; does nothing in json mode. For output that cannot wait for the result. */
  writeText(text: TextOutput): Promise<void>;
  /** The same on stderr: for what somebody else's program wrote there. */
  writeErrorText(text: TextOutput): Promise<void>;
  /**
   * Runs `task` once the answer of this run, whatever it is, has left the process; the process waits for it. For what must
   * not delay the answer, such as ending an agent [CAN-2]. The task bounds its own time; what it throws goes to the log.
   */
  afterAnswer(task: () => Promise<void>): void;
  /** One line of progress on stderr in text mode; does nothing in json mode [ENV-6]. */
  note(line: string): void;
  /** Appends a line to `PARL_HOME/logs/cli.log`; where stderr of children and details for the operator go. Never fails. */
  log(line: string): void;

  /**
   * Only for commands with `stdout: "own"`: from here on stdout belongs to the command's own protocol or child, and the
   * framework writes no envelope any more. Failures before this call are still reported as an envelope [CLI-1].
   */
  takeStdout(): { readonly stdin: Readable; readonly stdout: Writable; readonly stderr: Writable };
  /** The raw streams for a wizard (`canAsk` is true). Nothing else may use them. */
  readonly terminal: { readonly input: Readable; readonly output: Writable };
}
