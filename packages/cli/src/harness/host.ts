import type { Readable, Writable } from "node:stream";
import type { Product } from "./context.ts";
import type { CommandEnvironment } from "./environment.ts";
import type { OutputSink } from "../output/descriptor-sink.ts";

export type InterruptSignal = "SIGINT" | "SIGTERM";

/**
 * The outside world of one run, as `bin.ts` finds it. Everything behind it can be replaced by a test; nothing in front of
 * it reads a global.
 */
export interface CliHost {
  /** Arguments after the program's own name. */
  readonly argv: readonly string[];
  readonly environment: CommandEnvironment;
  childEnvironment(): Record<string, string>;
  readonly workingDirectory: string;
  /** `PARL_HOME`, absolute. */
  readonly home: string;
  readonly userHome: string;
  readonly program: { readonly runtime: string; readonly runtimeArguments: readonly string[]; readonly entry: string };
  readonly pid: number;
  readonly parentPid: number;
  /** Read only by those who need it. */
  product(): Product;
  readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** A function, because merely touching stdin starts it. */
  stdin(): Readable;
  readonly stdout: OutputSink;
  readonly stderr: OutputSink;
  /** The same descriptors as streams, for commands that own stdout and for wizards; functions for the same reason. */
  stdoutStream(): Writable;
  stderrStream(): Writable;
  systemTime(): Date;
  monotonicMs(): number;
  randomBytes(size: number): Uint8Array;
  /** Lowercase hex. Here because loading the crypto module costs start-up time that most commands need not pay. */
  sha256(text: string): string;
  /** Calls the listener for every SIGINT and SIGTERM until the returned function is called. */
  onInterrupt(listener: (signal: InterruptSignal) => void): () => void;
  /** Calls the listener with what escaped every handler (an exception in a callback, a rejected promise) [ENV-11]. */
  onDefect(listener: (error: unknown) => void): () => void;
  /** Silence after which a stream writes `heartbeat`; 15,000 by contract [STR-6]. */
  readonly heartbeatMs: number;
}

export interface CliOutcome {
  readonly exitCode: number;
  /** The process should end by this signal instead, as the child of `launch` did. */
  readonly endBySignal?: NodeJS.Signals | undefined;
}
