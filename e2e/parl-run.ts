/** Runs the real `parl`, with nothing in its environment but what the test gives. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../packages/cli/bin/parl.mjs", import.meta.url));

export interface TurnObject {
  prompt: string;
  output: string;
  stop_reason: string;
  cancel_observed: boolean;
  session_reusable: boolean;
  permission_denials: { tool_name: string; reason: string }[];
  usage: { input_tokens: number; output_tokens: number; cache_read_tokens?: number };
  agent_stop_reason: string | null;
  late_result: string | null;
}

/** A line of stdout, as far as the tests look at it. */
export interface Envelope {
  exit_code: number;
  turns: TurnObject[];
  turn: TurnObject;
  usage: TurnObject["usage"];
  error?: { kind: string; message: string; hint: string; retryable: boolean; detail?: Record<string, unknown> };
  warnings?: { code: string; message: string }[];
  [field: string]: unknown;
}

export interface ParlEnd {
  readonly status: number | null;
  /** The last line of stdout. */
  readonly envelope: Envelope;
  readonly lines: readonly Envelope[];
  readonly stdout: string;
  readonly stderr: string;
}

export interface ParlPlan {
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface RunningParl {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<ParlEnd>;
}

export function startParl(args: readonly string[], { workingDirectory, environment }: ParlPlan): RunningParl {
  const child = spawn(process.execPath, [launcher, ...args], { cwd: workingDirectory, env: environment });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.end();
  const ended = new Promise<ParlEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => {
      const [stdout, stderr] = [out, err].map((chunks) => Buffer.concat(chunks).toString()) as [string, string];
      const lines = stdout.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Envelope] : []));
      resolve({ status, envelope: lines.at(-1) ?? ({} as Envelope), lines, stdout, stderr });
    });
  });
  return { child, ended };
}
