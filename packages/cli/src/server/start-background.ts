/** Starts the server as a process of its own and waits until it answers [CLI-6]. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { SERVER_RUNTIME_OPTIONS } from "@parlatory/server/runtime-options";
import { fetchHealth } from "@parlatory/client";
import type { CommandContext } from "../harness/context.ts";
import { CommandError, filesystemError } from "../harness/error.ts";
import { localUrl } from "./admin-access.ts";
import { homeHttp } from "./home-network.ts";
import { readServerState, type RunningServerInfo } from "./running-server.ts";

export interface BackgroundOptions {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly noAuth: boolean;
  readonly logPath: string;
}

const patienceMs = 30_000;
const pollMs = 25;

/** Answers where it listens; `pid` is another process's when somebody else was faster. Errors: `server_start_failed`, `filesystem`. */
export async function startBackground(context: CommandContext, options: BackgroundOptions): Promise<RunningServerInfo> {
  const errorPath = join(dirname(options.logPath), "server-start.log");
  const child = spawnServer(context, options, errorPath);
  const stop = (): void => void child.kill("SIGTERM");
  context.signal.addEventListener("abort", stop, { once: true });
  let spawnError: Error | undefined;
  child.once("error", (error) => (spawnError = error));
  try {
    const deadline = context.monotonicMs() + patienceMs;
    while (context.monotonicMs() < deadline) {
      const info = await readyServer(context.home);
      if (info !== undefined) return info;
      if (spawnError !== undefined || child.exitCode !== null || child.signalCode !== null) {
        // It ends at once where another server was faster.
        const other = await readyServer(context.home);
        if (other !== undefined) return other;
        throw startFailure(child, spawnError, errorPath);
      }
      await wait(pollMs);
    }
    child.kill("SIGTERM");
    throw new CommandError({
      kind: "server_start_failed",
      target: options.logPath,
      message: `the server did not become healthy within ${patienceMs / 1000} s and was stopped`,
      hint: `read ${options.logPath}; often its database does not answer`,
    });
  } finally {
    context.signal.removeEventListener("abort", stop);
    child.unref();
  }
}

function spawnServer(
  { program, home, ...context }: CommandContext,
  { host, port, noAuth, logPath }: BackgroundOptions,
  errorPath: string,
): ChildProcess {
  let errors: number;
  try {
    mkdirSync(dirname(errorPath), { recursive: true, mode: 0o700 });
    errors = openSync(errorPath, "w", 0o600);
  } catch (cause) {
    throw filesystemError(cause, { target: errorPath, operation: "open" });
  }
  try {
    const args = ["up", "--foreground", "--output-format", "text", "--log-file", logPath];
    if (host !== undefined) args.push(`--host=${host}`);
    if (port !== undefined) args.push(`--port=${port}`);
    if (noAuth) args.push("--no-auth");
    const { nodeArguments, environment } = SERVER_RUNTIME_OPTIONS;
    return spawn(program.runtime, [...nodeArguments, ...program.runtimeArguments, program.entry, ...args], {
      detached: true,
      stdio: ["ignore", "ignore", errors],
      env: { ...environment, ...context.childEnvironment(), PARL_HOME: home },
    });
  } finally {
    closeSync(errors);
  }
}

async function readyServer(home: string): Promise<RunningServerInfo | undefined> {
  const state = await readServerState(home);
  if (state.name !== "running") return undefined;
  return (await fetchHealth(localUrl(state.info.url), homeHttp({ home })))?.status === 200 ? state.info : undefined;
}

/** What the child said on stderr, in the form every command's text mode has. */
function startFailure(child: ChildProcess, spawnError: Error | undefined, errorPath: string): CommandError {
  let said = "";
  try {
    said = readFileSync(errorPath, "utf8");
  } catch {
    said = "";
  }
  const message = /^parl: (.+)$/mu.exec(said)?.[1];
  const hint = /^hint: (.+)$/mu.exec(said)?.[1];
  const ended = child.signalCode === null ? `with status ${child.exitCode ?? "unknown"}` : `by ${child.signalCode}`;
  return new CommandError({
    kind: "server_start_failed",
    target: errorPath,
    message: message ?? `the server ended ${ended} before it listened; ${errorPath} has what it said`,
    hint,
    cause: spawnError,
  });
}
