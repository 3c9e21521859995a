/** Runs the framework in this process with a host whose every part the test decides. */
import { createHash, randomBytes } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { pickEnvironment } from "../../src/harness/environment.ts";
import type { CliHost, InterruptSignal } from "../../src/harness/host.ts";
import { runCli } from "../../src/harness/run.ts";
import type { CommandTable } from "../../src/harness/table.ts";
import { commandTable } from "./injected-commands.ts";

export interface InProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  readonly terminal?: Partial<CliHost["isTerminal"]>;
  readonly table?: CommandTable;
  readonly heartbeatMs?: number;
  /** `PARL_HOME`, the user's home and the current directory; by default places that cannot exist, not even for root. */
  readonly home?: string;
  readonly userHome?: string;
  readonly workingDirectory?: string;
  /** Real time and randomness, for commands that talk to a real server. */
  readonly live?: boolean;
  /** Called with every text written to stdout; the write settles when it resolves, and fails when it rejects. */
  readonly onStdout?: (text: string) => Promise<void> | void;
  /** Given the way to send a signal, before the run begins. */
  readonly onStart?: (send: (signal: InterruptSignal) => void) => void;
}

export interface InProcessRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  /** The last line of stdout as an object. */
  readonly json: () => Record<string, unknown>;
  /** All lines of stdout as objects. */
  readonly lines: () => Record<string, unknown>[];
}

export async function run(argv: readonly string[], options: InProcessOptions = {}): Promise<InProcessRun> {
  let stdout = "";
  let stderr = "";
  let random = 0;
  const interrupts = new Set<(signal: InterruptSignal) => void>();
  const host: CliHost = {
    argv,
    environment: pickEnvironment(options.env ?? {}),
    childEnvironment: () => ({ ...options.env }),
    workingDirectory: options.workingDirectory ?? "/work",
    home: options.home ?? "/dev/null/parl",
    userHome: options.userHome ?? "/dev/null",
    program: { runtime: "node", runtimeArguments: [], entry: "bin.ts" },
    pid: 1,
    parentPid: 2,
    product: () => ({ version: "1.2.3", build: "source", runtime: "node", runtimeVersion: "24.0.0" }),
    isTerminal: { stdin: false, stdout: false, stderr: false, ...options.terminal },
    stdin: () => Readable.from(options.input === undefined ? [] : [Buffer.from(options.input)]),
    stdout: {
      write: (text, done) => {
        const take = async (): Promise<void> => {
          let failure: Error | null = null;
          try {
            await options.onStdout?.(text);
            stdout += text;
          } catch (error) {
            failure = error as Error;
          }
          done(failure);
        };
        void take();
      },
    },
    stderr: {
      write: (text, done) => {
        stderr += text;
        done();
      },
    },
    stdoutStream: () => new PassThrough().on("data", (chunk: Buffer) => (stdout += chunk.toString())),
    stderrStream: () => new PassThrough().on("data", (chunk: Buffer) => (stderr += chunk.toString())),
    systemTime: () => (options.live === true ? new Date() : new Date("2026-02-03T04:05:06.789Z")),
    monotonicMs: () => performance.now(),
    randomBytes: (size) => {
      if (options.live === true) return randomBytes(size);
      random += 1;
      return new Uint8Array(size).fill(random);
    },
    sha256: (text) => createHash("sha256").update(text).digest("hex"),
    onInterrupt: (listener) => {
      interrupts.add(listener);
      return () => interrupts.delete(listener);
    },
    onDefect: () => () => {},
    heartbeatMs: options.heartbeatMs ?? 60_000,
  };
  options.onStart?.((signal) => {
    for (const listener of interrupts) listener(signal);
  });
  const { exitCode } = await runCli(host, options.table ?? commandTable);
  const lines = (): Record<string, unknown>[] =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { stdout, stderr, status: exitCode, lines, json: () => lines().at(-1) ?? {} };
}

/** `error` of an envelope. */
export function errorOf(envelope: Record<string, unknown>): Record<string, unknown> {
  return (envelope["error"] ?? {}) as Record<string, unknown>;
}
