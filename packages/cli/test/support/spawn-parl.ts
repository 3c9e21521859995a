/** Runs the real entry point as a child process, with nothing in its environment but what the test gives. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url));
const injection = new URL("inject-commands.ts", import.meta.url).href;

export interface SpawnParlOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed. */
  readonly input?: string | Buffer;
  /** The commands of `injected-commands.ts` in place of the program's own. */
  readonly injected?: boolean;
  readonly home: string;
}

export interface ParlRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Starts `parl` and leaves its streams to the caller. */
export function startParl(args: readonly string[], options: SpawnParlOptions): ChildProcessWithoutNullStreams {
  const { PATH = "" } = process.env;
  const preload = options.injected === true ? ["--import", injection] : [];
  const child = spawn(process.execPath, [...preload, bin, ...args], {
    env: { PATH, HOME: options.home, PARL_HOME: `${options.home}/parl`, ...options.env },
    cwd: options.home,
  });
  child.stdin.on("error", () => {});
  return child;
}

export function exitOf(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

/** Runs `parl` to its end. */
export async function runParl(args: readonly string[], options: SpawnParlOptions): Promise<ParlRun> {
  const child = startParl(args, options);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.end(options.input ?? "");
  const status = await exitOf(child);
  return { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), status };
}
